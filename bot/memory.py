"""How a process that runs for weeks collects its garbage."""

import gc

THRESHOLDS = (10_000, 20, 500)
"""New objects before the youngest are looked at, and how often the older ones are passed over.

Looking at all of them takes a tenth of a second, in which the event loop does nothing else.
"""


def settle_memory() -> None:
    """Keep what is loaded by now for good, and look at the rest rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)

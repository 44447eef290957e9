"""The only place that reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def require_aware(moment: datetime) -> datetime:
    """`moment` itself; raises ValueError when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a naive datetime is not an instant: {moment!r}")
    return moment

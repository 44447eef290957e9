"""Five thousand overdue messages through discord.py, to a Discord on loopback with its limits."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.bench.clone import from_clone
from bot.bench.errands import CARD, ERRAND, ErrandHandler
from bot.bench.filling import fill
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial
from bot.clock import utc_now
from bot.jobs.model import Delivery, Done, Outcome
from bot.jobs.pacer import CALLS
from bot.jobs.store import put_job
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from cogs.messenger import DiscordMessenger

OVERDUE = "overdue"
PATIENCE_SECONDS, PATIENCE_EACH = 60.0, 0.05
"""When the bench gives up: a minute, and twice what the pace takes for each message."""

NOTES = (
    f"the whole bot, paced at {CALLS.per_second:g} calls a second with {CALLS.burst} at once, each "
    "message into a channel of its own; 50 requests a second are let through, and what is "
    "documented or known of the buckets of routes",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """How many calls Discord refuses, and how many messages a second it takes."""
    loopback = from_clone("tests.peers.loopback")
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(trial, ground, loopback))


async def _measure(trial: Trial, ground: Ground, loopback: Any) -> Figures:
    settings = Settings(database_url=ground.url, data_dir=ground.folder, _env_file=None)
    async with loopback.discord_on_loopback(trial.load.overdue) as (discord, channel_ids):
        bot = create_bot(settings)
        try:
            await bot.login(loopback.TOKEN)
            handler = OverdueHandler(bot, channel_ids)
            async with bot.db.begin() as tx:
                await put_job(tx, OVERDUE, 0, utc_now() - timedelta(hours=1))
            bot.runner.start()
            patience = PATIENCE_SECONDS + PATIENCE_EACH * trial.load.overdue
            with suppress(TimeoutError):
                await asyncio.wait_for(handler.all_sent.wait(), patience)
        finally:
            await bot.close()
    return _figures_of(discord.log)


class OverdueHandler(ErrandHandler):
    """One errand to every channel, an hour late."""

    kind = OVERDUE

    def __init__(self, bot: LecternBot, channel_ids: Sequence[int]) -> None:
        messenger = DiscordMessenger(bot, bot.runner.pacer.wait)
        super().__init__(messenger, places=len(channel_ids))
        self._channel_ids = channel_ids
        self._left = set(range(len(channel_ids)))
        self.all_sent = asyncio.Event()
        bot.runner.register(self)

    async def deliver(self, delivery: Delivery) -> Outcome:
        place = int(delivery.target)
        channel_id = self._channel_ids[place]
        message_id = await self.courier.say(delivery, channel_id, CARD)
        self._left.discard(place)
        if not self._left:
            self.all_sent.set()
        return Done(message_id=message_id)


def _figures_of(log: Sequence[Any]) -> Figures:
    sent = [one.at for one in log if one.method == "POST" and one.status == 200]
    seconds = (sent[-1] - sent[0]).total_seconds()
    return {
        "refused_429": sum(one.status == 429 for one in log),
        "sends_per_second": round((len(sent) - 1) / seconds, 2),
        "sent": len(sent),
        "busiest_second": _busiest([one.at.timestamp() for one in log]),
        "requests": len(log),
    }


def _busiest(moments: Sequence[float]) -> int:
    """The most requests that any one second saw."""
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most

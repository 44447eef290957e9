"""Looking after open ballots: letters that went missing come back, lost messages end a ballot."""

from collections.abc import Sequence
from contextlib import ExitStack

import structlog

from bot.ballots import store
from bot.ballots.listening import Listener
from bot.ballots.machine import keys_of, lost_seeds, robots_in
from bot.ballots.model import Ballot
from bot.ballots.service import TELL_OF_LOSS, call_off
from bot.cards import stamp
from bot.clock import Clock
from bot.database import Database
from bot.groups.alerts import raise_alert
from bot.groups.store import lock_group
from bot.jobs.store import put_job
from bot.messenger import DeliveryProblem, MessageGone, Messenger, NotAllowed, PlaceGone, Vote

log = structlog.get_logger()


class BallotUpkeep:
    """Run at start, after every new session, every quarter of an hour, and when reactions or a
    letter are taken away.

    Lectern asks for no event about deleted messages, so a deletion is found here or at the close.
    """

    def __init__(
        self, db: Database, clock: Clock, messenger: Messenger, listener: Listener
    ) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._listener = listener

    async def look_after_all(self) -> None:
        """Put every open ballot of every server right."""
        async with self._db.read() as tx:
            ballots = await store.open_ballots(tx)
        self._listener.follow_only(frozenset(one.message_id for one in ballots if one.message_id))
        await self._look_after(ballots)
        await self._listener.write_log()

    async def look_after(self, message_id: int, *, is_cleared: bool = True) -> None:
        """Put the open ballot under this message right, if it is one.

        `is_cleared` says that votes may have gone with the letters, not letters of ours alone.
        """
        async with self._db.read() as tx:
            ballots = await store.open_ballots(tx)
        here = [ballot for ballot in ballots if ballot.message_id == message_id]
        await self._look_after(here, is_cleared=is_cleared)

    async def _look_after(self, ballots: Sequence[Ballot], *, is_cleared: bool = True) -> None:
        """Put the letters back, and read who stands behind them: what is heard goes on top."""
        reads = []
        with ExitStack() as end:
            for ballot in ballots:
                if ballot.message_id is None:
                    continue
                if not await self._put_right(ballot, is_cleared=is_cleared):
                    continue
                if ballot.has_letters:
                    live = self._listener.follow(ballot.id, ballot.message_id)
                    reading = live.begin_read()
                    end.callback(live.give_up, reading)
                    votes = await self._read(ballot, ballot.message_id)
                    if votes is not None:
                        self._listener.note_robots(ballot.message_id, robots_in(votes))
                        reads.append((live, reading, votes))
            if reads:
                await self._listener.wait_for_stragglers()
            for live, reading, votes in reads:
                live.end_read(reading, keys_of(votes))

    async def _read(self, ballot: Ballot, message_id: int) -> frozenset[Vote] | None:
        """All reactions under an open ballot; None where they can't be read now."""
        try:
            return await self._messenger.read_votes(ballot.channel_id, message_id, ballot.emojis)
        except DeliveryProblem as problem:
            log.warning("ballots.read_failed", ballot_id=ballot.id, problem=repr(problem))
            return None

    async def _put_right(self, ballot: Ballot, *, is_cleared: bool) -> bool:
        """Whether the ballot is there with its letters."""
        if ballot.message_id is None:
            return False
        try:
            there = await self._messenger.own_reactions(ballot.channel_id, ballot.message_id)
            missing = lost_seeds(ballot.seeds, there)
            await self._messenger.seed_reactions(ballot.channel_id, ballot.message_id, missing)
        except (MessageGone, PlaceGone):
            await self._end(ballot)
            return False
        except NotAllowed as problem:
            await self._alert(ballot, f"I can't look after the open ballot: I need {problem}.")
            return False
        except DeliveryProblem as problem:
            log.warning("ballots.upkeep_failed", ballot_id=ballot.id, problem=repr(problem))
            return False
        if missing and is_cleared:
            await self._tell_of_loss(ballot, missing)
        return True

    async def _tell_of_loss(self, ballot: Ballot, missing: Sequence[str]) -> None:
        log.warning("ballots.letters_removed", ballot_id=ballot.id, letters=len(missing))
        letters = ", ".join(missing)
        # Who clears again takes other votes away, and leads hear of that, too: once a minute.
        minute = self._clock().replace(second=0, microsecond=0)
        await self._alert(
            ballot,
            f"Somebody removed reactions from the open ballot ({stamp(minute)}): {letters}. "
            "I put the letters back, but votes that went with them are lost: ask people to vote "
            "again.",
        )

    async def _alert(self, ballot: Ballot, text: str) -> None:
        async with self._db.begin() as tx:
            await raise_alert(tx, ballot.group_id, text, self._clock())

    async def _end(self, ballot: Ballot) -> None:
        now = self._clock()
        async with self._db.begin() as tx:
            await lock_group(tx, ballot.group_id)
            if await call_off(tx, ballot.id, now):
                await put_job(tx, TELL_OF_LOSS, ballot.id, now)
        log.warning("ballots.message_deleted", ballot_id=ballot.id)

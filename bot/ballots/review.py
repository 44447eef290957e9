"""Leads look at the seats of a counted vote before everybody does, and may change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.ballots import store
from bot.ballots.acts import note_act, spoken_ballot, spoken_leaving_out, spoken_swap
from bot.ballots.held import leave_out, write_swaps
from bot.ballots.model import Ballot, Result
from bot.ballots.publishing import publish
from bot.ballots.review_words import (
    fingerprint,
    look_card,
    published_card,
    review_card,
)
from bot.ballots.seating import plan_seats
from bot.ballots.service import PUBLISH, REVIEW, REVIEW_REDRAW
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import Group
from bot.groups.store import group_of, has_left, lock_group
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.store import cancel_jobs, put_job
from bot.members.model import Actor
from bot.messenger import DirectMessagesClosed
from bot.sessions.away import sessions_missed
from bot.sessions.model import Session
from bot.sessions.store import calendar_of
from bot.text import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A ballot whose seats only leads see, with the seats as they would be now."""

    group: Group
    ballot: Ballot
    result: Result
    sessions: Sequence[Session]
    publish_at: datetime

    def card(self, *, is_changed: bool = False) -> Card:
        """What its leads see."""
        return review_card(
            self.group,
            self.ballot,
            self.result,
            self.sessions,
            self.publish_at,
            is_changed=is_changed,
        )


async def read_held(tx: Tx, ballot: Ballot | None, now: datetime) -> Held | None:
    """None where there is nothing (any more) to look at first."""
    if ballot is None or ballot.result is None or ballot.publish_at is None:
        return None
    return Held(
        group=await group_of(tx, ballot.group_id),
        ballot=ballot,
        result=await plan_seats(tx, ballot, ballot.result, now),
        sessions=await calendar_of(tx, ballot.group_id, ballot.opened_at),
        publish_at=ballot.publish_at,
    )


async def check_swap(tx: Tx, held: Held, chosen: Sequence[int]) -> None:
    """Refuse all but two talks in two sessions, whose speakers can come to each other's."""
    seated = held.result.seated
    if len(set(chosen)) != 2 or not set(chosen) <= seated.keys():
        raise Refusal("A swap takes two talks that have a seat: choose them from the list again.")
    sessions = {one.id: one for one in held.sessions if one.id in seated.values()}
    options = [held.ballot.option_of(one) for one in chosen]
    first, second = (sessions[seated[one]] for one in chosen)
    if first.id == second.id:
        titles = " and ".join(quote(one.title, 60) for one in options)
        raise Refusal(f"{titles} are in the same session, #{first.number}: choose from two.")
    speakers = {one.pitch_id: one.speaker_id for one in options}
    missed = await sessions_missed(tx, speakers, [first, second])
    for option, session in zip(options, (second, first), strict=True):
        if option.speaker_id is not None and session.id in missed[option.pitch_id]:
            raise Refusal(
                f"{quote(option.title, 60)} can't move to session #{session.number}: its speaker "
                "is away that day."
            )


class ReviewService:
    """Every method refuses whoever does not lead the group by now."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def held_card(self, actor: Actor, typed_group: str | None) -> Card | None:
        """The seats to look at, for a lead; None for others, and where none are held."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            if actor.user_id not in group.lead_ids:
                return None
            held = await read_held(tx, await store.last_ballot(tx, group.id), self._clock())
        return held.card() if held else None

    async def publish(self, actor: Actor, ballot_id: int, seen: str) -> Card:
        """The receipt; the seats once more where they are no longer those that were `seen`."""
        async with self._db.begin() as tx:
            group = await self._lock(tx, actor, ballot_id)
            held = await read_held(tx, await store.lock_ballot(tx, ballot_id), self._clock())
            if held is None:
                return published_card(group)
            if fingerprint(held.result) != seen:
                return held.card(is_changed=True)
            await publish(tx, ballot_id, self._clock())
            await cancel_jobs(tx, ballot_id, [PUBLISH])
            what = f"published the seats of {spoken_ballot(held.ballot)}"
            await note_act(tx, group.id, actor.user_id, what, self._clock())
        return published_card(group)

    async def leave_out(self, actor: Actor, ballot_id: int, chosen: Sequence[int]) -> Card:
        """The seats without these winners, who are promised the next free ones."""
        async with self._db.begin() as tx:
            group = await self._lock(tx, actor, ballot_id)
            held = await read_held(tx, await store.lock_ballot(tx, ballot_id), self._clock())
            if held is None:
                return published_card(group)
            if not set(chosen) <= set(held.result.winners):
                raise Refusal("Only elected talks can be left out: choose from the list again.")
            await leave_out(tx, ballot_id, chosen)
            await put_job(tx, REVIEW_REDRAW, ballot_id, self._clock())
            if {*chosen} != {*held.ballot.left_out}:
                what = spoken_leaving_out(held.ballot, chosen)
                await note_act(tx, group.id, actor.user_id, what, self._clock())
            held = await read_held(tx, await store.lock_ballot(tx, ballot_id), self._clock())
        return held.card() if held else published_card(group)

    async def swap(self, actor: Actor, ballot_id: int, chosen: Sequence[int], seen: str) -> Card:
        """The seats after these two talks changed places; swapped again, they are back."""
        async with self._db.begin() as tx:
            group = await self._lock(tx, actor, ballot_id)
            held = await read_held(tx, await store.lock_ballot(tx, ballot_id), self._clock())
            if held is None:
                return published_card(group)
            if fingerprint(held.result) != seen:
                return held.card(is_changed=True)
            await check_swap(tx, held, chosen)
            pair, swaps = (min(chosen), max(chosen)), held.ballot.swaps
            again = swaps[-1:] == (pair,)
            await write_swaps(tx, ballot_id, swaps[:-1] if again else (*swaps, pair))
            await put_job(tx, REVIEW_REDRAW, ballot_id, self._clock())
            what = spoken_swap(held.ballot, chosen, is_back=again)
            await note_act(tx, group.id, actor.user_id, what, self._clock())
            held = await read_held(tx, await store.lock_ballot(tx, ballot_id), self._clock())
        return held.card() if held else published_card(group)

    async def _lock(self, tx: Tx, actor: Actor, ballot_id: int) -> Group:
        ballot = await store.get_ballot(tx, ballot_id)
        if ballot is None:
            raise Refusal("There is no such vote any more.")
        group = await lock_group(tx, ballot.group_id)
        require_lead(group, actor)
        return group


class ReviewHandler:
    """Shows each lead the seats by a direct message; whoever publishes first, publishes."""

    kind = REVIEW

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        ballot = await store.get_ballot(tx, job.subject_id)
        if ballot is None or ballot.publish_at is None or await has_left(tx, ballot.group_id):
            return NOTHING
        leads = sorted((await group_of(tx, ballot.group_id)).lead_ids)
        return Fanout(
            planned=[Planned(target=str(one), expires_at=ballot.publish_at) for one in leads]
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, delivery.subject_id)
            held = await read_held(tx, ballot, self._clock())
        lead_id = int(delivery.target)
        if held is None or lead_id not in held.group.lead_ids:
            return Skipped(reason="there is nothing to look at first")
        try:
            return Done(message_id=await self._courier.tell(delivery, lead_id, held.card()))
        except DirectMessagesClosed:
            card = look_card(held.group, lead_id)
            message_id = await self._courier.say(
                delivery, held.group.channel_id, card, mentions=[lead_id]
            )
            return Done(message_id=message_id)


class PublishHandler:
    """Publishes the seats when no lead has done so in time."""

    kind = PUBLISH

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        ballot = await store.get_ballot(tx, job.subject_id)
        if ballot is not None:
            await lock_group(tx, ballot.group_id)
            await publish(tx, ballot.id, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")

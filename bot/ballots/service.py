"""What leads do with ballots."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ballots import moves, store, words
from bot.ballots.acts import note_act, spoken_ballot, spoken_opening
from bot.ballots.drafting import check_due, check_size, draft_ballot, due_of, form_of
from bot.ballots.extending import PastASession, end_of, missed, question_card
from bot.ballots.model import (
    CALL_TO_VOTE,
    REMIND_TO_VOTE,
    Ballot,
    BallotForm,
    BallotState,
    vote_reminder_at,
)
from bot.ballots.promises import promises_kept_card, spoken_keeping, with_promises_kept
from bot.ballots.seating import free_sessions, seat_promised, sessions_to_fill
from bot.ballots.votes import forget_private_votes
from bot.cards import Card, channel_link, plural, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import Group
from bot.groups.revising import spoken_break
from bot.groups.store import follower_ids, group_of, lock_group
from bot.jobs.once import put_once
from bot.jobs.store import cancel_jobs, put_job
from bot.members.model import Actor
from bot.members.store import get_member
from bot.messenger import Messenger, Need, PlaceGone
from bot.pitches.model import PitchState
from bot.pitches.moving import move_pitches
from bot.pitches.store import backlog

POST = "ballot_post"
FOLLOW = "ballot_follow"
CLOSE = "ballot_close"
ANNOUNCE = "ballot_announce"
REDRAW = "ballot_redraw"
REVIEW = "ballot_review"
REVIEW_REDRAW = "ballot_review_redraw"
PUBLISH = "ballot_publish"
TELL_OF_LOSS = "ballot_lost"


class BallotService:
    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def open(self, actor: Actor, typed_group: str | None, form: BallotForm) -> Card:
        """The lead's receipt; the ballot itself is posted by a job."""
        now = self._clock()
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            lead = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        require_lead(group, actor)
        sessions, talks_each = check_size(form, group.talks_per_session)
        due_at = await asyncio.to_thread(due_of, form, group, now, lead)
        if form.closes:
            form = replace(form, closes=stamp(due_at))
        await self._check_permissions(group, form)
        async with self._db.begin() as tx:
            group = await lock_group(tx, group.id)
            live = await store.live_ballot(tx, group.id)
            if live is not None:
                raise Refusal(
                    f"{group.name} has a ballot already: close or cancel it before the next."
                )
            await _refuse_while_held(tx, group)
            pitches = await backlog(tx, group.id)
            if not pitches:
                given = await seat_promised(tx, group.id, now, talks_each, now)
                if given:
                    await note_act(tx, group.id, actor.user_id, spoken_keeping(given), now)
                    return promises_kept_card(group, given)
            followers = len(await follower_ids(tx, group.id))
            ballot = draft_ballot(form, group, pitches, followers, now)
            ballot = replace(ballot, opened_by=actor.user_id)
            given = await seat_promised(tx, group.id, due_at, talks_each, now)
            if given:
                await note_act(tx, group.id, actor.user_id, spoken_keeping(given), now)
            taken = await self._check_room(tx, group, sessions, talks_each, due_at)
            ballot = replace(ballot, reserved=taken)
            ballot_id = await store.add_ballot(tx, ballot)
            on_ballot = [option.pitch_id for option in ballot.options]
            await move_pitches(tx, on_ballot, PitchState.ON_BALLOT, now)
            await put_job(tx, POST, ballot_id, now)
            await put_job(tx, CLOSE, ballot_id, due_at)
            await note_act(tx, ballot.group_id, actor.user_id, spoken_opening(ballot), now)
        card = words.opened_card(group, ballot, len(pitches) - len(ballot.options), lead)
        return with_promises_kept(card, given)

    async def open_again(self, actor: Actor, ballot_id: int) -> Card:
        """The lead's receipt of a ballot like one that was called off, over today's backlog.

        Leads press in their direct messages, too, where Discord names no server.
        """
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, ballot_id)
            group = await group_of(tx, ballot.group_id) if ballot else None
        if ballot is None or group is None or actor.server_id not in (0, group.server_id):
            raise Refusal("That ballot is not here any more.")
        actor = replace(actor, server_id=group.server_id)
        if ballot.state is not BallotState.VOID:
            raise Refusal("Only a ballot that was called off can be opened again.")
        return await self.open(actor, str(group.id), form_of(ballot))

    async def _check_permissions(self, group: Group, form: BallotForm) -> None:
        needs = [Need.TALK, Need.VOTE] if form.has_letters else [Need.TALK]
        try:
            lacks = await self._messenger.missing_permissions(group.channel_id, needs)
        except PlaceGone as error:
            raise Refusal(
                f"The channel of {group.name} was deleted: choose another with `/group edit`."
            ) from error
        if lacks:
            raise Refusal(
                f"I can't hold a ballot in {channel_link(group.channel_id)}: I need "
                f"{', '.join(lacks)} there."
            )

    async def _check_room(
        self, tx: Tx, group: Group, sessions: int, talks_each: int, due_at: datetime
    ) -> int:
        """How many places of the sessions that the ballot fills are given already."""
        free = await free_sessions(tx, group.id, due_at, talks_each)
        pause = group.pattern.open_break
        if not free and pause is not None:
            habit = group.habit_at(due_at)
            raise Refusal(
                f"No session after the ballot closes has a free place: {group.name} takes a break "
                f"{spoken_break(pause, habit)}. Say with `/group resume` when it goes on."
            )
        if not free:
            raise Refusal(
                "No session after the ballot closes has a free place: close it earlier, or add one "
                "with `/session add`."
            )
        if len(free) < sessions:
            raise Refusal(
                f"Only {len(free)} of {sessions} sessions after the ballot closes have a free "
                "place: ask for fewer, or close it earlier."
            )
        return sum(talks_each - len(one.free_positions(talks_each)) for one in free[:sessions])

    async def close(self, actor: Actor, typed_group: str | None) -> Ballot:
        """The ballot that is counted from now on; closing it again is refused.

        A refused lead still gets a count that was given up after too many faults going again.
        """
        now = self._clock()
        async with self._db.begin() as tx:
            ballot = await self._led_ballot(tx, actor, typed_group)
            if ballot.state is BallotState.POSTING:
                raise Refusal("This ballot is still being posted: try again in a minute.")
            if ballot.awaits_decision:
                raise Refusal(
                    "This ballot is counted, but not for certain: leads got a message with the "
                    "choices, or `/ballot cancel` calls it off."
                )
            await moves.mark_closing(tx, ballot.id, now)
            await put_job(tx, CLOSE, ballot.id, now)
            await cancel_jobs(tx, ballot.id, [REMIND_TO_VOTE, CALL_TO_VOTE])
            if ballot.state is BallotState.OPEN:
                what = f"closed {spoken_ballot(ballot)} early"
                await note_act(tx, ballot.group_id, actor.user_id, what, now)
        if ballot.state is BallotState.CLOSING:
            raise Refusal("This ballot is being counted already: the result comes by itself.")
        return ballot

    async def extend(
        self, actor: Actor, typed_group: str | None, days: int, *, sure_of: int | None = None
    ) -> Ballot:
        """The ballot that stays open longer.

        Asks (PastASession) where a session that it is to fill would go by; `sure_of` is the end
        (`end_of`) that a lead saw who has been asked: a second press extends nothing.
        """
        async with self._db.begin() as tx:
            ballot = await self._led_ballot(tx, actor, typed_group)
            if sure_of not in (None, end_of(ballot)):
                raise Refusal(
                    f"The ballot has another end by now: it closes {stamp(ballot.due_at)}."
                )
            if ballot.state is BallotState.CLOSING:
                raise Refusal("This ballot is being counted already: it can't stay open longer.")
            longer = timedelta(days=max(days, 1))
            typed = f"{plural(longer.days, 'day')} longer"
            due_at = check_due(ballot.due_at + longer, self._clock(), typed)
            await self._check_end(tx, ballot, due_at, is_sure=sure_of is not None)
            await moves.set_due(tx, ballot.id, due_at)
            await put_job(tx, CLOSE, ballot.id, due_at)
            await put_job(tx, REDRAW, ballot.id, self._clock())
            ballot = replace(ballot, due_at=due_at)
            if ballot.state is BallotState.OPEN:
                await remind_voters(tx, ballot)
            what = f"kept {spoken_ballot(ballot)} open until {stamp(due_at)}"
            await note_act(tx, ballot.group_id, actor.user_id, what, self._clock())
        return ballot

    async def _check_end(self, tx: Tx, ballot: Ballot, due_at: datetime, *, is_sure: bool) -> None:
        later = replace(ballot, due_at=due_at)
        before, after = await sessions_to_fill(tx, ballot), await sessions_to_fill(tx, later)
        if len(after) < len(before):
            raise Refusal(
                "The ballot would close after a session that it has to fill, and the calendar has "
                "none for it after that."
            )
        if missed(before, after) and not is_sure:
            group = await group_of(tx, ballot.group_id)
            raise PastASession(question_card(group, ballot, later, before, after))

    async def _led_ballot(self, tx: Tx, actor: Actor, typed_group: str | None) -> Ballot:
        group = await led_group(tx, actor, typed_group)
        await lock_group(tx, group.id)
        return await require_live(tx, group)


async def led_group(tx: Tx, actor: Actor, typed_group: str | None) -> Group:
    """The group that the actor means; refuses whoever does not lead it."""
    group = await find_group(tx, actor, typed_group)
    require_lead(group, actor)
    return group


async def require_live(tx: Tx, group: Group) -> Ballot:
    """The group's ballot that is posted, open or counted; refuses where there is none."""
    ballot = await store.live_ballot(tx, group.id)
    if ballot is None:
        last = await store.last_ballot(tx, group.id)
        raise Refusal(f"{group.name} has no open ballot. {_what_was_last(last)}")
    return ballot


def _what_was_last(last: Ballot | None) -> str:
    if last is None:
        return "`/ballot open` opens one."
    became = "was called off" if last.state is BallotState.VOID else "is closed"
    then = "" if last.publish_at else " `/ballot open` opens the next."
    return f"The last one {became}: see `/ballot status`.{then}"


async def call_off(tx: Tx, ballot_id: int, now: datetime) -> bool:
    """Whether the ballot is void now, its pitches back on the backlog.

    The job that posts it stays: an attempt that is under way has to find its ballot void.
    """
    if not await moves.mark_void(tx, ballot_id):
        return False
    ballot = await store.lock_ballot(tx, ballot_id)
    if ballot is None:
        raise LookupError(f"no ballot {ballot_id}")
    pitch_ids = [option.pitch_id for option in ballot.options]
    await move_pitches(tx, pitch_ids, PitchState.OPEN, now)
    await forget_private_votes(tx, ballot.id)
    await cancel_jobs(tx, ballot.id, [CLOSE, REMIND_TO_VOTE, CALL_TO_VOTE])
    if ballot.message_id is not None:
        await put_job(tx, REDRAW, ballot.id, now)
    return True


async def remind_voters(tx: Tx, ballot: Ballot) -> None:
    """Have those reminded who have not voted, once: a reminder that was made is made no more."""
    remind_at = vote_reminder_at(ballot.opened_at, ballot.due_at)
    if remind_at is not None:
        await put_once(tx, REMIND_TO_VOTE, ballot.id, remind_at)


async def _refuse_while_held(tx: Tx, group: Group) -> None:
    """The seats of the last vote come first: who has none yet may stand in the next."""
    last = await store.last_ballot(tx, group.id)
    if last is not None and last.publish_at is not None:
        raise Refusal(
            f"The seats of {group.name}'s last vote are not published yet: look at them with "
            "`/ballot status` and press Publish."
        )

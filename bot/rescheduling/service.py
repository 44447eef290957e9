"""What leads do to bend the calendar: shown first, then done, and taken back if they like."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.audit.model import ActKind
from bot.audit.store import get_act
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import Group, Home
from bot.groups.pattern import usual_hours
from bot.groups.revising import spoken_loss
from bot.groups.store import get_group, groups_in, lock_group
from bot.members.model import Actor, Member
from bot.members.store import get_member
from bot.places.meaning import Way as Written
from bot.places.written import Reading, read_moment
from bot.rescheduling import store, tellings, words
from bot.rescheduling.following import carry_out
from bot.rescheduling.model import Bend, Ground, Plan, Proposal, Way
from bot.rescheduling.moving import session_meant
from bot.rescheduling.planning import number_of, plan_of, refuse_begun
from bot.sessions.model import Session, home_of
from bot.sessions.onlookers import Onlookers, onlookers_of
from bot.sessions.store import get_sessions, known_occurrences, sessions_ahead
from bot.sessions.views import view_of
from bot.sessions.words import moved_card
from bot.text import clean_line

REASON_LIMIT = 300
LONGEST_MINUTES = 720


class ReschedulingService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def propose_move(
        self,
        actor: Actor,
        typed_group: str | None,
        number: int | None,
        when: str,
    ) -> Card:
        """What moving the session would change, with buttons for it alone and for the rest too.

        A day alone keeps the session's hour, and an hour alone its day. Asks (AskBack) where the
        time has several readings.
        """
        async with self._db.read() as tx:
            seen = await self._seen(tx, actor, typed_group)
            lead = await _lead(tx, actor)
        was, group = session_meant(seen, number), seen.group
        _known(Home(city="", zone=was.zone))
        to = await asyncio.to_thread(
            read_moment,
            when,
            lead.habit_on(was.zone),
            home_of(group, was).city,
            seen.now,
            stays=was.wall_start,
        )
        async with self._db.begin() as tx:
            ground = await self._led_ground(tx, actor, f"{group.id}")
            session = session_meant(ground, was.number)
            if (session.wall_start, session.zone) != (was.wall_start, was.zone):
                raise Refusal(f"Session #{was.number} has just been moved: look at it again first.")
            proposal = Proposal(
                id=0,
                group_id=group.id,
                user_id=actor.user_id,
                bend=Bend.MOVE,
                made_at=ground.now,
                session_id=session.id,
                wall=to.wall,
                fold=to.fold,
            )
            return await self._propose(tx, actor, ground, proposal)

    async def propose_skip(self, actor: Actor, typed_group: str | None, number: int | None) -> Card:
        """Which kind of skip is meant: a speaker is away, or there is no meeting."""
        async with self._db.begin() as tx:
            ground, session = await self._led_session(tx, actor, typed_group, number)
            refuse_begun(session, ground.now)
            proposal = Proposal(
                id=0,
                group_id=ground.group.id,
                user_id=actor.user_id,
                bend=Bend.SKIP,
                made_at=ground.now,
                session_id=session.id,
                way=Way.ASK,
            )
            return await self._propose(tx, actor, ground, proposal)

    async def propose_cancel(
        self, actor: Actor, typed_group: str | None, number: int | None, reason: str
    ) -> Card:
        """What cancelling the session would change."""
        reason = clean_line(reason)
        if len(reason) > REASON_LIMIT:
            raise Refusal(f"The reason has {len(reason):,} characters; keep it to {REASON_LIMIT}.")
        async with self._db.begin() as tx:
            ground, session = await self._led_session(tx, actor, typed_group, number)
            proposal = Proposal(
                id=0,
                group_id=ground.group.id,
                user_id=actor.user_id,
                bend=Bend.CANCEL,
                made_at=ground.now,
                session_id=session.id,
                reason=reason,
            )
            return await self._propose(tx, actor, ground, proposal)

    async def propose_add(
        self,
        actor: Actor,
        typed_group: str | None,
        when: str,
        minutes: int | None,
    ) -> Card:
        """What the calendar would look like with one session more.

        A day alone gets the hour at which the group meets on such a day, and the card says so.
        Asks (AskBack) where the time has several readings.
        """
        async with self._db.read() as tx:
            seen = await self._seen(tx, actor, typed_group)
            lead = await _lead(tx, actor)
        group = seen.group
        length = group.pattern.minutes if minutes is None else minutes
        if not 1 <= length <= LONGEST_MINUTES:
            raise Refusal(
                f"A session can't take {length:,} minutes: 1 to {LONGEST_MINUTES}, please."
            )
        at, zone = await asyncio.to_thread(_read_at_home, group, when, seen.now, lead)
        async with self._db.begin() as tx:
            ground = await self._led_ground(tx, actor, f"{group.id}")
            proposal = Proposal(
                id=0,
                group_id=group.id,
                user_id=actor.user_id,
                bend=Bend.ADD,
                made_at=ground.now,
                wall=at.wall,
                fold=at.fold,
                zone=zone,
                minutes=length,
            )
            card = await self._propose(tx, actor, ground, proposal)
        if at.way is not Written.DAY:
            return card
        echo, *rest = card.body
        return replace(card, body=(echo, words.USUAL_HOUR, *rest))

    async def _propose(self, tx: Tx, actor: Actor, ground: Ground, proposal: Proposal) -> Card:
        proposal = replace(proposal, ground=ground.fingerprint)
        proposal = replace(proposal, id=await store.add_proposal(tx, proposal))
        return await self._preview(tx, actor, ground, proposal)

    async def show(self, actor: Actor, proposal_id: int, way: Way, talk_id: int) -> Card:
        """The preview of another way of doing it, on the calendar as it is now."""
        async with self._db.begin() as tx:
            ground, proposal = await self._led_proposal(tx, actor, proposal_id)
            proposal = replace(proposal, way=way, talk_id=talk_id)
            await store.note_shown(tx, proposal.id, ground.fingerprint)
            return await self._preview(tx, actor, ground, proposal)

    async def confirm(self, actor: Actor, proposal_id: int, way: Way, talk_id: int) -> Card:
        """Do what was shown, once; what became of it.

        Where the calendar has changed since it was shown, nothing is done and it is shown anew.
        """
        async with self._db.begin() as tx:
            ground, proposal = await self._led_proposal(tx, actor, proposal_id)
            proposal = replace(proposal, way=way, talk_id=talk_id)
            if ground.fingerprint != proposal.ground:
                await store.note_shown(tx, proposal.id, ground.fingerprint)
                card = await self._preview(tx, actor, ground, proposal)
                return replace(card, body=(words.STALE, *card.body))
            plan = plan_of(ground, proposal)
            number = number_of(ground, proposal)
            if not number:
                number = (await known_occurrences(tx, ground.group.id)).highest + 1
            what = tellings.what_was_done(ground, plan, number)
            act_id = await carry_out(tx, ground, plan, actor.user_id, what)
            await store.note_done(tx, proposal.id, act_id)
            return await self._done_card(tx, actor, ground, plan, act_id)

    async def leave(self, actor: Actor, proposal_id: int) -> Card:
        """Drop what was proposed."""
        async with self._db.begin() as tx:
            await self._led_proposal(tx, actor, proposal_id)
        return words.left_card()

    async def _preview(self, tx: Tx, actor: Actor, ground: Ground, proposal: Proposal) -> Card:
        if proposal.way is Way.ASK:
            session = ground.session(proposal.session_id)
            return words.ask_card(proposal, ground, session, await _lead(tx, actor))
        plan = plan_of(ground, proposal)
        who = await self._onlookers(tx, actor, ground, proposal)
        return words.preview_card(proposal, ground, plan, who)

    async def _onlookers(
        self, tx: Tx, actor: Actor, ground: Ground, proposal: Proposal
    ) -> Onlookers:
        group = ground.group
        named = [one for one in ground.sessions if one.id == proposal.session_id]
        who = await onlookers_of(tx, group, actor, named or list(ground.sessions))
        elsewhere = [
            (other.name, session)
            for other in await groups_in(tx, group.server_id)
            if other.id != group.id
            for session in await sessions_ahead(tx, other.id, ground.now, store.MOST_AHEAD)
        ]
        return replace(who, elsewhere=elsewhere, away=ground.away)

    async def _done_card(
        self, tx: Tx, actor: Actor, ground: Ground, plan: Plan, act_id: int
    ) -> Card:
        act = await get_act(tx, act_id)
        ids = (act.ids_in("session") if act else frozenset()) | {one.id for one in plan.sessions}
        found = await get_sessions(tx, ids)
        shown = sorted(found.values(), key=lambda one: one.starts_at)
        if plan.kind is ActKind.MOVE:
            member = await get_member(tx, actor.user_id)
            view = await view_of(tx, ground.group, shown[0])
            return moved_card(ground.group, view, member, ground.now)
        return tellings.done_card(ground.group, plan, shown)

    async def _seen(self, tx: Tx, actor: Actor, typed_group: str | None) -> Ground:
        """The calendar as a lead sees it, not held: words are read by it, nothing is decided."""
        group = await find_group(tx, actor, typed_group)
        require_lead(group, actor)
        return await store.read_ground(tx, group, self._clock())

    async def _led_ground(self, tx: Tx, actor: Actor, typed_group: str | None) -> Ground:
        group = await find_group(tx, actor, typed_group)
        require_lead(group, actor)
        return await self._ground_for(tx, actor, await lock_group(tx, group.id))

    async def _ground_for(self, tx: Tx, actor: Actor, group: Group) -> Ground:
        ground = await store.read_ground(tx, group, self._clock())
        return replace(ground, lead=await _lead(tx, actor))

    async def _led_session(
        self, tx: Tx, actor: Actor, typed_group: str | None, number: int | None
    ) -> tuple[Ground, Session]:
        ground = await self._led_ground(tx, actor, typed_group)
        return ground, session_meant(ground, number)

    async def _led_proposal(
        self, tx: Tx, actor: Actor, proposal_id: int
    ) -> tuple[Ground, Proposal]:
        proposal = await store.get_proposal(tx, proposal_id)
        group = await get_group(tx, actor.server_id, proposal.group_id) if proposal else None
        if proposal is None or group is None:
            raise Refusal("That was proposed too long ago: use the command again.")
        require_lead(group, actor)
        group = await lock_group(tx, group.id)
        # Read again: while the lock was waited for, somebody may have done it.
        proposal = await store.get_proposal(tx, proposal_id) or proposal
        if proposal.act_id is not None:
            raise Refusal("That is done already: `/audit` takes it back.")
        return await self._ground_for(tx, actor, group), proposal


async def _lead(tx: Tx, actor: Actor) -> Member:
    return replace(await get_member(tx, actor.user_id), locale=actor.locale)


def _read_at_home(group: Group, when: str, now: datetime, lead: Member) -> tuple[Reading, str]:
    """The moment that was typed, and the zone: where the group will be at home by then."""
    pattern = group.pattern
    home = _known(pattern.rhythm_in_force(now).home)
    usual = partial(usual_hours, pattern)
    at = read_moment(when, lead.habit_on(home.zone), home.name, now, usual=usual)
    later = _known(pattern.rhythm_in_force(at.starts_at).home)
    if later.zone != home.zone:
        at = read_moment(when, lead.habit_on(later.zone), later.name, now, usual=usual)
    return at, later.zone


def _known(home: Home) -> Home:
    """The home; refuses one whose clock nobody knows."""
    if home.is_lost:
        raise Refusal(spoken_loss(home.zone))
    return home

"""What members do with the backlog."""

from dataclasses import replace
from datetime import datetime

from bot.audit.model import ActKind, changes_between
from bot.audit.store import record_act
from bot.cards import Card, Objection
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.alerts import alerting
from bot.groups.model import Group
from bot.groups.store import get_group, group_of, lock_group
from bot.jobs.courier import CLOCK_SLACK, Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped, make_nonce
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone
from bot.pitches import store, words
from bot.pitches.likeness import alike
from bot.pitches.model import (
    PITCH_CARD,
    Pitch,
    PitchForm,
    PitchState,
    check_sources,
    check_title,
    check_why,
)
from bot.text import clean_line


class PitchService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def submit(
        self, actor: Actor, typed_group: str | None, form: PitchForm, *, is_sure: bool = False
    ) -> Card:
        """The author's receipt; the public card follows by itself.

        Unless they are sure, an Objection shows what proposes the same already.
        """
        sources = check_sources(form.sources)
        title, why = check_title(form.title, sources), check_why(form.why)
        async with self._db.begin() as tx:
            group = await find_group(tx, actor, typed_group)
            known = alike(title, sources, await store.standing(tx, group.id))
            if known and not is_sure:
                raise Objection(words.known_card(group, known, actor.user_id), words.ALL_THE_SAME)
            pitch = Pitch(
                id=0,
                group_id=group.id,
                author_id=actor.user_id,
                title=title,
                why=why,
                sources=sources,
                speaker_id=form.speaker_id,
                submitted_at=self._clock(),
            )
            pitch_id = await store.add_pitch(tx, pitch)
            await put_job(tx, PITCH_CARD, pitch_id, self._clock())
        return words.pitched_card(group, pitch)

    async def form_of(self, actor: Actor, pitch_id: int) -> PitchForm:
        """What the author typed, to be typed over."""
        async with self._db.read() as tx:
            pitch, _ = await _find_pitch(tx, actor, pitch_id)
        _require_author(pitch, actor)
        _require_open(pitch)
        return PitchForm(
            title=pitch.title,
            why=pitch.why,
            sources="\n".join(pitch.sources),
            speaker_id=pitch.speaker_id,
        )

    async def edit(
        self, actor: Actor, pitch_id: int, form: PitchForm, *, is_sure: bool = False
    ) -> Pitch:
        """The pitch as its author wants it now; its card follows by itself.

        Unless they are sure, an Objection shows what it proposes the same as, and did not before.
        """
        sources = check_sources(form.sources)
        title, why = check_title(form.title, sources), check_why(form.why)
        async with self._db.begin() as tx:
            pitch, group = await _lock_pitch(tx, actor, pitch_id)
            _require_author(pitch, actor)
            _require_open(pitch)
            others = [one for one in await store.standing(tx, group.id) if one.id != pitch.id]
            before = alike(pitch.title, pitch.sources, others)
            known = [one for one in alike(title, sources, others) if one not in before]
            if known and not is_sure:
                card = words.known_card(group, known, actor.user_id, is_edit=True)
                raise Objection(card, words.SAVE_ALL_THE_SAME)
            pitch = replace(
                pitch, title=title, why=why, sources=sources, speaker_id=form.speaker_id
            )
            await store.save_pitch(tx, pitch)
            await put_job(tx, PITCH_CARD, pitch.id, self._clock())
        return pitch

    async def withdraw(self, actor: Actor, pitch_id: int) -> Card:
        """The author's receipt of a pitch taken back; a lead is asked about another's first."""
        async with self._db.begin() as tx:
            pitch, group = await _lock_pitch(tx, actor, pitch_id)
            if pitch.author_id != actor.user_id:
                _require_removable(pitch, group, actor)
                return words.removal_card(group, pitch, actor.user_id)
            _require_open(pitch)
            await self._move(tx, pitch, PitchState.WITHDRAWN)
        return words.withdrawn_card(pitch)

    async def ask_removal(self, actor: Actor, pitch_id: int) -> Card:
        """What a lead is asked about a pitch of the list of topics, their own or another's."""
        async with self._db.read() as tx:
            pitch, group = await _find_pitch(tx, actor, pitch_id)
        require_lead(group, actor)
        _require_open(pitch)
        return words.removal_card(group, pitch, actor.user_id)

    async def restore(self, actor: Actor, pitch_id: int) -> Card:
        """The author's receipt of a pitch that is back on the backlog; pressed twice, the same."""
        async with self._db.begin() as tx:
            pitch, _ = await _lock_pitch(tx, actor, pitch_id)
            _require_author(pitch, actor)
            if pitch.state is PitchState.WITHDRAWN:
                await self._move(tx, pitch, PitchState.OPEN)
            else:
                _require_open(pitch)
        return words.restored_card(pitch)

    async def remove(self, actor: Actor, pitch_id: int) -> Card:
        """What a lead sees once a pitch is off the backlog; pressed twice, the same.

        One's own is taken back as its author does.
        """
        async with self._db.begin() as tx:
            pitch, group = await _lock_pitch(tx, actor, pitch_id)
            require_lead(group, actor)
            if pitch.author_id == actor.user_id:
                if pitch.state is not PitchState.WITHDRAWN:
                    _require_open(pitch)
                    await self._move(tx, pitch, PitchState.WITHDRAWN)
                return words.withdrawn_card(pitch)
            if pitch.state is not PitchState.TAKEN_OFF:
                _require_removable(pitch, group, actor)
                await self._record_removal(tx, pitch, actor)
        return words.removed_card(pitch)

    async def _record_removal(self, tx: Tx, pitch: Pitch, actor: Actor) -> None:
        before = await store.read_state(tx, pitch.id)
        await self._move(tx, pitch, PitchState.TAKEN_OFF)
        await record_act(
            tx,
            group_id=pitch.group_id,
            user_id=actor.user_id,
            kind=ActKind.PITCH,
            what=words.spoken_removal(pitch),
            changes=changes_between(before, await store.read_state(tx, pitch.id)),
            now=self._clock(),
        )

    async def _move(self, tx: Tx, pitch: Pitch, state: PitchState) -> None:
        await store.set_state(tx, [pitch.id], state)
        await put_job(tx, PITCH_CARD, pitch.id, self._clock())

    async def topics(self, actor: Actor, typed_group: str | None, search: str | None) -> Card:
        """The group's backlog, narrowed to titles and reasons that contain `search`."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            pitches = await store.backlog(tx, group.id)
            voted_on = await store.on_ballot(tx, group.id)
            promised = await store.promised(tx, group.id)
        if search:
            key = clean_line(search).casefold()
            pitches, voted_on, promised = (
                [p for p in found if key in f"{p.title} {p.why}".casefold()]
                for found in (pitches, voted_on, promised)
            )
        card = words.topics_card(group, pitches, search, len(voted_on))
        if actor.user_id in group.lead_ids:
            card = words.with_removal(card, group, pitches)
        return words.with_promises(card, promised)


async def _lock_pitch(tx: Tx, actor: Actor, pitch_id: int) -> tuple[Pitch, Group]:
    """The pitch and its group, held: a ballot that is being opened waits, or was there first."""
    _, group = await _find_pitch(tx, actor, pitch_id)
    await lock_group(tx, group.id)
    return await _find_pitch(tx, actor, pitch_id)


async def _find_pitch(tx: Tx, actor: Actor, pitch_id: int) -> tuple[Pitch, Group]:
    pitch = (await store.get_pitches(tx, [pitch_id])).get(pitch_id)
    group = await get_group(tx, actor.server_id, pitch.group_id) if pitch else None
    if pitch is None or group is None:
        raise Refusal("That pitch is not here any more.")
    return pitch, group


def _require_author(pitch: Pitch, actor: Actor) -> None:
    if pitch.author_id != actor.user_id:
        raise Refusal(f"Only the author of “{pitch.title}” can change it.")


def _require_removable(pitch: Pitch, group: Group, actor: Actor) -> None:
    """Refuses to take another's pitch off to all but leads, and one that is not on the backlog."""
    if actor.user_id not in group.lead_ids:
        raise Refusal(
            f"Only the author of “{pitch.title}” and the leads of {group.name} can take it off "
            "the backlog."
        )
    _require_open(pitch)


def _require_open(pitch: Pitch) -> None:
    if pitch.state is not PitchState.OPEN:
        raise Refusal(f"“{pitch.title}” can't be changed now: {words.why_fixed(pitch)}.")


class PitchCardHandler:
    """Posts a pitch's public card and keeps it equal to the pitch."""

    kind = PITCH_CARD

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            pitches = await store.get_pitches(tx, [delivery.subject_id])
            pitch = pitches[delivery.subject_id]
            group = await group_of(tx, pitch.group_id)
        try:
            channel_id, message_id = await self._put_up(delivery, pitch, group)
        except MessageGone:
            return Skipped(reason="the card was deleted")
        except PlaceGone:
            if pitch.channel_id not in (None, group.channel_id):
                return Skipped(reason="the card went with an earlier channel")
            trouble = (
                "The group's channel was deleted, so pitches are not seen there; they are kept. "
                "Choose another with `/group edit`."
            )
            return alerting(group.id, trouble, self._clock)
        except NotAllowed as problem:
            trouble = f"I can't show pitches in the group's channel: I need {problem}."
            return alerting(group.id, f"{trouble} They are kept, see `/topics`.", self._clock)

        async def record(tx: Tx) -> None:
            await store.note_card(tx, pitch.id, channel_id, message_id)
            now_it_is = (await store.get_pitches(tx, [pitch.id])).get(pitch.id)
            if now_it_is is not None and now_it_is.state is not pitch.state:
                # It moved on while its card was under way.
                await put_job(tx, PITCH_CARD, pitch.id, self._clock())

        return Done(message_id=message_id, record=record)

    async def _put_up(self, delivery: Delivery, pitch: Pitch, group: Group) -> tuple[int, int]:
        """The channel and message of the card, which shows the pitch as it is now."""
        card = words.pitch_card(pitch)
        channel_id, message_id = pitch.channel_id, pitch.message_id
        if channel_id is None or message_id is None:
            channel_id, message_id = (
                group.channel_id,
                await self._unrecorded(delivery, pitch, group),
            )
        if message_id is None:
            return channel_id, await self._courier.post(delivery, channel_id, card)
        await self._messenger.edit(channel_id, message_id, card)
        return channel_id, message_id

    async def _unrecorded(self, delivery: Delivery, pitch: Pitch, group: Group) -> int | None:
        """The card of an earlier revision that was posted just before the process ended."""
        since = pitch.submitted_at - CLOCK_SLACK
        for rev in range(1, delivery.rev):
            nonce = make_nonce(self.kind, pitch.id, delivery.lead_minutes, delivery.target, rev)
            found = await self._messenger.find_message(group.channel_id, nonce, since=since)
            if found is not None:
                return found
        return None

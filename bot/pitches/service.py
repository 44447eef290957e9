"""What members do with the backlog."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group
from bot.groups.store import get_group, group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.messenger import MessageGone, Messenger
from bot.pitches import store, words
from bot.pitches.model import (
    Pitch,
    PitchForm,
    PitchState,
    check_sources,
    check_title,
    check_why,
)

PITCH_CARD = "pitch_card"


class PitchService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def submit(self, actor: Actor, typed_group: str | None, form: PitchForm) -> Card:
        """The author's receipt; the public card follows by itself."""
        sources = check_sources(form.sources)
        title, why = check_title(form.title, sources), check_why(form.why)
        async with self._db.begin() as tx:
            group = await find_group(tx, actor, typed_group)
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
            pitch = await self._own_pitch(tx, actor, pitch_id)
        return PitchForm(
            title=pitch.title,
            why=pitch.why,
            sources="\n".join(pitch.sources),
            speaker_id=pitch.speaker_id,
        )

    async def edit(self, actor: Actor, pitch_id: int, form: PitchForm) -> Pitch:
        """The pitch as its author wants it now; its card follows by itself."""
        sources = check_sources(form.sources)
        title, why = check_title(form.title, sources), check_why(form.why)
        async with self._db.begin() as tx:
            pitch = await self._own_pitch(tx, actor, pitch_id)
            pitch = replace(
                pitch, title=title, why=why, sources=sources, speaker_id=form.speaker_id
            )
            await store.save_pitch(tx, pitch)
            await put_job(tx, PITCH_CARD, pitch.id, self._clock())
        return pitch

    async def withdraw(self, actor: Actor, pitch_id: int) -> Pitch:
        """The pitch, taken back by its author."""
        async with self._db.begin() as tx:
            pitch = replace(await self._own_pitch(tx, actor, pitch_id), state=PitchState.WITHDRAWN)
            await store.save_pitch(tx, pitch)
            await put_job(tx, PITCH_CARD, pitch.id, self._clock())
        return pitch

    async def topics(self, actor: Actor, typed_group: str | None, search: str | None) -> Card:
        """The group's backlog, narrowed to titles and reasons that contain `search`."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            pitches = await store.backlog(tx, group.id)
        if search:
            key = search.casefold()
            pitches = [p for p in pitches if key in f"{p.title} {p.why}".casefold()]
        return words.topics_card(group, pitches, search)

    async def _own_pitch(self, tx: Tx, actor: Actor, pitch_id: int) -> Pitch:
        pitch = await store.lock_pitch(tx, pitch_id)
        if pitch is None or await get_group(tx, actor.server_id, pitch.group_id) is None:
            raise Refusal("That pitch is not here any more.")
        if pitch.author_id != actor.user_id:
            raise Refusal(f"Only the author of “{pitch.title}” can change it.")
        if pitch.state is not PitchState.OPEN:
            raise Refusal(f"“{pitch.title}” can't be changed now. {words.state_sentence(pitch)}")
        return pitch


class PitchCardHandler:
    """Posts a pitch's public card and keeps it equal to the pitch."""

    kind = PITCH_CARD

    def __init__(self, db: Database, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Sequence[Planned]:
        return [Planned()]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            pitches = await store.get_pitches(tx, [delivery.subject_id])
            pitch = pitches[delivery.subject_id]
            group = await group_of(tx, pitch.group_id)
        card = words.pitch_card(pitch)
        if pitch.message_id is not None:
            try:
                await self._messenger.edit(group.channel_id, pitch.message_id, card)
            except MessageGone:
                return Skipped(reason="the card was deleted")
            return Done(message_id=pitch.message_id)
        message_id = await self._courier.say(delivery, group.channel_id, card)

        async def record(tx: Tx) -> None:
            await store.note_card(tx, pitch.id, message_id)

        return Done(message_id=message_id, record=record)

"""How a pitch and the backlog look as cards."""

from collections.abc import Sequence
from itertools import accumulate

from bot.cards import Button, ButtonStyle, Card, Tone, action, person_link, plural, stamp
from bot.groups.model import Group
from bot.pitches.model import Pitch, PitchState, source_name
from bot.text import escape, quote, shorten

SHOWN_TOPICS = 20

_STATES = {
    PitchState.OPEN: "On the backlog: it can be on the next ballot.",
    PitchState.ON_BALLOT: "On the ballot that is open now.",
    PitchState.SCHEDULED: "Elected: see `/sessions`.",
    PitchState.PROMISED: "Elected and promised: it gets the next free seat.",
    PitchState.DELIVERED: "Presented.",
    PitchState.WITHDRAWN: "Taken back by its author.",
}

_WHY_FIXED = {
    PitchState.ON_BALLOT: "it is on the ballot that is open",
    PitchState.SCHEDULED: "it was elected, see `/sessions`",
    PitchState.PROMISED: "it was elected and gets the next free seat; `/talk` changes that",
    PitchState.DELIVERED: "it was presented",
    PitchState.WITHDRAWN: "you took it back; pitch it again with `/pitch`",
}

SOURCES_ROOM = 1_500
"""Characters for the line of sources: ten long links would fill a card that holds 4,000."""


def spoken_speaker(speaker_id: int | None) -> str:
    """The speaker's name, or that one is wanted."""
    return person_link(speaker_id) if speaker_id else "speaker wanted"


def spoken_sources(sources: Sequence[str]) -> str:
    """The sources as a line of links, as many as there is room for.

    The name shown is the address, so nothing hides.
    """
    spoken = [f"[{escape(source_name(link))}](<{link}>)" for link in sources]
    lengths = accumulate(len(link) + len(" · ") for link in spoken)
    shown = [link for link, length in zip(spoken, lengths, strict=True) if length <= SOURCES_ROOM]
    rest = len(spoken) - len(shown)
    return " · ".join([*shown, f"and {rest} more"] if rest else shown)


def pitch_card(pitch: Pitch) -> Card:
    """The public card of one pitch; its buttons answer to the author only."""
    is_open = pitch.state is PitchState.OPEN
    body = []
    if pitch.why and pitch.state is not PitchState.WITHDRAWN:
        body.append(escape(pitch.why))
    if pitch.sources:
        body.append(f"📎 {spoken_sources(pitch.sources)}")
    body.append(f"🎤 {spoken_speaker(pitch.speaker_id)}")
    title = escape(pitch.title)
    buttons = (
        Button(label="Edit", action=action("pitch", "edit", pitch.id), emoji="✏️"),
        Button(
            label="Withdraw",
            action=action("pitch", "withdraw", pitch.id),
            style=ButtonStyle.DANGER,
        ),
    )
    return Card(
        title=f"~~{title}~~" if pitch.state is PitchState.WITHDRAWN else f"💡 {title}",
        body=tuple(body),
        small=f"Pitched by {person_link(pitch.author_id)}. {_footer(pitch)}",
        tone=Tone.PITCH,
        buttons=buttons if is_open else (),
    )


def _footer(pitch: Pitch) -> str:
    """What stays true however long the card stands: it is not rewritten when a ballot opens."""
    if pitch.state is PitchState.WITHDRAWN:
        return _STATES[pitch.state]
    return "The author can edit it or take it back until a ballot opens."


def pitched_card(group: Group, pitch: Pitch) -> Card:
    """The author's own receipt."""
    return Card(
        title="Your pitch is in",
        body=(
            f"**{escape(pitch.title)}** is on the backlog of {escape(group.name)}. You can edit "
            "it or take it back on its card until a ballot opens.",
        ),
        tone=Tone.DONE,
    )


def topics_card(group: Group, pitches: Sequence[Pitch], search: str | None) -> Card:
    """The backlog, as many as fit a card."""
    if not pitches:
        found = f"Nothing on the backlog matches {escape(quote(search, 60))}." if search else ""
        return Card(
            title=f"Topics of {escape(group.name)}",
            body=(found or "The backlog is empty. Be the first: `/pitch`.",),
            tone=Tone.PITCH,
        )
    lines = [
        f"**{escape(shorten(pitch.title, 80))}** · {spoken_speaker(pitch.speaker_id)} · "
        f"{stamp(pitch.submitted_at, 'R')}" + (" · runner-up" if pitch.has_lost else "")
        for pitch in pitches[:SHOWN_TOPICS]
    ]
    rest = len(pitches) - SHOWN_TOPICS
    return Card(
        title=f"Topics of {escape(group.name)}",
        body=("\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1)),),
        small=f"And {plural(rest, 'more topic')}: narrow them with the search option."
        if rest > 0
        else f"{plural(len(pitches), 'topic waits', 'topics wait')} for a ballot.",
        tone=Tone.PITCH,
    )


def with_promises(card: Card, promised: Sequence[Pitch]) -> Card:
    """The card with those who were elected and have not presented yet, if there are any."""
    if not promised:
        return card
    lines = [
        f"{place}. **{escape(shorten(pitch.title, 80))}** · {spoken_speaker(pitch.speaker_id)}"
        for place, pitch in enumerate(promised[:SHOWN_TOPICS], 1)
    ]
    rest = len(promised) - SHOWN_TOPICS
    more = [f"…and {rest} more"] if rest > 0 else []
    return card.with_body("\n".join(["**Promised, not yet delivered**", *lines, *more]))


def why_fixed(pitch: Pitch) -> str:
    """Why the pitch can't be changed any more, as the end of a sentence."""
    return _WHY_FIXED[pitch.state]

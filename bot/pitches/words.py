"""How a pitch and the backlog look as cards."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Option,
    Pick,
    Tone,
    action,
    channel_link,
    person_link,
    plural,
    stamp,
)
from bot.groups.model import Group
from bot.pitches.model import NAME_LIMIT, Pitch, PitchState, source_name
from bot.text import escape, quote, shorten

SHOWN_TOPICS = 20
OPTION_LIMIT = 100
"""Characters that Discord shows of a list's option."""


_FOOTERS = {
    PitchState.OPEN: "The author can edit it or take it back until a ballot opens.",
    PitchState.ON_BALLOT: "It is on the ballot that is open.",
    PitchState.SCHEDULED: "It was elected: `/sessions` says when it is presented.",
    PitchState.PROMISED: "It was elected and gets the next free seat.",
    PitchState.DELIVERED: "It was presented.",
    PitchState.WITHDRAWN: "It was taken back.",
    PitchState.TAKEN_OFF: "A lead took it off the backlog.",
}

_WHY_FIXED = {
    PitchState.ON_BALLOT: "it is on the ballot that is open",
    PitchState.SCHEDULED: "it was elected, see `/sessions`",
    PitchState.PROMISED: "it was elected and gets the next free seat; `/talk` changes that",
    PitchState.DELIVERED: "it was presented",
    PitchState.WITHDRAWN: "it was taken back; pitch it again with `/pitch`",
    PitchState.TAKEN_OFF: "a lead took it off the backlog",
}

_WHERE_KNOWN = {
    PitchState.OPEN: "on the backlog",
    PitchState.ON_BALLOT: "on the ballot that is open",
    PitchState.SCHEDULED: "in the calendar",
    PitchState.PROMISED: "elected, gets the next free seat",
    PitchState.DELIVERED: "presented",
}

ALL_THE_SAME = "Pitch it all the same"
SAVE_ALL_THE_SAME = "Save it all the same"
SHOWN_KNOWN = 3

SOURCES_ROOM = 1_500
"""Characters for the line of sources: ten long links would fill a card that holds 4,000."""


def spoken_speaker(speaker_id: int | None) -> str:
    """The speaker's name, or that one is wanted."""
    return person_link(speaker_id) if speaker_id else "speaker wanted"


def spoken_sources(sources: Sequence[str], title: str = "") -> str:
    """The sources as a line of links, as many as there is room for.

    The name shown is the address, so nothing hides; in full where it stands as the `title` already.
    """
    spoken = [f"[{escape(_link_name(link, title))}](<{link}>)" for link in sources]
    lengths = accumulate(len(link) + len(" · ") for link in spoken)
    shown = [link for link, length in zip(spoken, lengths, strict=True) if length <= SOURCES_ROOM]
    rest = len(spoken) - len(shown)
    return " · ".join([*shown, f"and {rest} more"] if rest else shown)


def _link_name(link: str, title: str) -> str:
    name = source_name(link)
    return shorten(link.partition("://")[2], NAME_LIMIT) if name == title else name


def pitch_card(pitch: Pitch) -> Card:
    """The public card of one pitch; its buttons answer to the author, and one to leads.

    What a lead took off is shown no more, nor are its links: it may be spam.
    """
    if pitch.state is PitchState.TAKEN_OFF:
        return Card(title="💡 A pitch was taken off", small=_footer(pitch), tone=Tone.PITCH)
    is_open = pitch.state is PitchState.OPEN
    body = []
    if pitch.why and pitch.state is not PitchState.WITHDRAWN:
        body.append(escape(pitch.why))
    if pitch.sources:
        body.append(f"📎 {spoken_sources(pitch.sources, pitch.title)}")
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
        small=_footer(pitch),
        tone=Tone.PITCH,
        buttons=buttons if is_open else (),
    )


def _footer(pitch: Pitch) -> str:
    return f"Pitched by {person_link(pitch.author_id)}. {_FOOTERS[pitch.state]}"


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


def known_card(
    group: Group, known: Sequence[Pitch], author_id: int, *, is_edit: bool = False
) -> Card:
    """What the author of a pitch is shown who proposes what is known already, or comes to."""
    do, done = ("Save", "changed") if is_edit else ("Pitch", "pitched")
    lines = [_known_line(group, pitch, author_id) for pitch in known[:SHOWN_KNOWN]]
    if len(known) > len(lines):
        lines.append(f"- and {len(known) - len(lines)} more")
    return Card(
        title=f"🔁 {escape(group.name)} knows this already",
        body=("\n".join(lines), f"{do} yours all the same, change it, or leave it."),
        small=f"Yours is not {done} yet, and nothing of it is lost. Only you see this.",
        tone=Tone.WARNING,
    )


def _known_line(group: Group, pitch: Pitch, author_id: int) -> str:
    title = f"**{escape(shorten(pitch.title, 80))}**"
    if pitch.message_id is not None:
        path = f"{group.server_id}/{pitch.channel_id}/{pitch.message_id}"
        title = f"[{title}](https://discord.com/channels/{path})"
    author = "you" if pitch.author_id == author_id else person_link(pitch.author_id)
    pitched = f"pitched by {author} {stamp(pitch.submitted_at, 'R')}"
    return f"- {title} · {_WHERE_KNOWN[pitch.state]}, {pitched}"


def withdrawn_card(pitch: Pitch) -> Card:
    """The author's receipt, with the way back."""
    back = Button(label="Put it back", action=action("pitch", "restore", pitch.id), emoji="↩️")
    return Card(
        title="✅ Done",
        body=(f"You took **{escape(pitch.title)}** back.",),
        tone=Tone.DONE,
        buttons=(back,),
    )


def restored_card(pitch: Pitch) -> Card:
    """The author's receipt when it is back."""
    told = f"**{escape(pitch.title)}** is on the backlog again, where it was."
    return Card(title="✅ Done", body=(told,), tone=Tone.DONE)


def removal_card(group: Group, pitch: Pitch, lead_id: int) -> Card:
    """What a lead is asked about another's pitch, or their own."""
    name, is_own = escape(group.name), pitch.author_id == lead_id
    author = "you" if is_own else person_link(pitch.author_id)
    then = (
        "shows no word of it any more, only that a lead took it off. `/audit` puts it back as it "
        "was."
    )
    if is_own:
        then = "says that its author took it back. You can put it back as it was."
    return Card(
        title=f"Take {'your' if is_own else 'a'} pitch off the backlog of {name}?",
        body=(
            f"**{escape(pitch.title)}**, pitched by {author} {stamp(pitch.submitted_at, 'R')}.",
            f"It can't be elected then, and its card in the channel {then}",
        ),
        small="Nothing has changed yet. Only you see this.",
        tone=Tone.WARNING,
        buttons=(
            Button(
                label="Take it off",
                action=action("pitch", "remove", pitch.id),
                style=ButtonStyle.DANGER,
            ),
        ),
    )


def removed_card(pitch: Pitch) -> Card:
    """What the lead sees then."""
    told = f"**{escape(pitch.title)}** is off the backlog. `/audit` takes that back."
    return Card(title="✅ Done", body=(told,), tone=Tone.DONE)


def spoken_removal(pitch: Pitch) -> str:
    """The act for the list of acts, to follow the lead's name."""
    title = escape(shorten(pitch.title, 60))
    return f"took **{title}** of {person_link(pitch.author_id)} off the backlog"


def with_removal(card: Card, group: Group, pitches: Sequence[Pitch]) -> Card:
    """The list of topics with what lets a lead take one off: its own card may be deleted."""
    if not pitches:
        return card
    options = tuple(
        Option(label=shorten(pitch.title, OPTION_LIMIT), value=str(pitch.id))
        for pitch in pitches[:SHOWN_TOPICS]
    )
    pick = Pick(
        action=action("pitch", "pick", group.id),
        prompt="Take one off the backlog (leads only)",
        options=options,
    )
    return replace(card, picks=(pick,))


def topics_card(
    group: Group, pitches: Sequence[Pitch], search: str | None, voted_on: int = 0
) -> Card:
    """The backlog, as many as fit a card; `voted_on` more are on a ballot."""
    ballot = _on_ballot(group, voted_on)
    if not pitches:
        found = f"Nothing on the backlog matches {escape(quote(search, 60))}." if search else ""
        empty = "The backlog is empty. Be the first: `/pitch`."
        if ballot:
            empty = "Nothing waits for the next ballot yet: `/pitch` something."
        return Card(
            title=f"Topics of {escape(group.name)}",
            body=(found or empty, *ballot),
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
        body=("\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1)), *ballot),
        small=f"And {plural(rest, 'more topic')}: narrow them with the search option."
        if rest > 0
        else f"{plural(len(pitches), 'topic waits', 'topics wait')} for a ballot.",
        tone=Tone.PITCH,
    )


def _on_ballot(group: Group, number: int) -> tuple[str, ...]:
    """That there are others, and where; nothing where there are none."""
    if not number:
        return ()
    topics = plural(number, "topic is", "topics are")
    place = channel_link(group.channel_id)
    return (f"🗳️ {topics} on the ballot in {place} now: `/ballot status` leads there.",)


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

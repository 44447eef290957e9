"""How talks and the questions to their speakers look as cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Option,
    Pick,
    Tone,
    action,
    person_link,
    stamp,
)
from bot.groups.model import Group
from bot.members.model import Member
from bot.pitches.words import spoken_sources, spoken_speaker
from bot.sessions.model import SEATED, Session, SessionState, Talk, TalkState
from bot.sessions.words import session_title, spoken_for
from bot.speakers.model import Ask, AskKind, AskState
from bot.text import escape, shorten

STATE_WORDS = {
    TalkState.ELECTED: "❔ Elected; not confirmed yet",
    TalkState.CONFIRMED: "✅ Confirmed",
    TalkState.SWAPPED: "🔁 Confirmed, on an exchanged day",
    TalkState.DEFERRED: "⏸️ Promised: it gets the next free seat",
    TalkState.WITHDRAWN: "🚫 Withdrawn",
    TalkState.DELIVERED: "🎓 Presented",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkView:
    """A talk with its session and group, as one member sees it.

    `may_change` is True for its speaker and for leads, who alone see that the speaker `is_away`.
    """

    group: Group
    session: Session
    talk: Talk
    member: Member
    now: datetime
    may_change: bool
    is_away: bool = False

    @property
    def is_to_come(self) -> bool:
        """True while the talk has a place in a session that has not begun."""
        return self.talk.state in SEATED and self.session.starts_at > self.now


def talk_card(view: TalkView) -> Card:
    """Everything about one talk: state, time, links; for those who may, what to do about it."""
    talk, session = view.talk, view.session
    is_wanted = talk.speaker_id is None and talk.state is TalkState.ELECTED
    state = "🙋 Elected; nobody presents it yet" if is_wanted else STATE_WORDS[talk.state]
    body = [f"🎤 {spoken_speaker(talk.speaker_id)}\n{state}"]
    if talk.state in (*SEATED, TalkState.DELIVERED):
        when = f"📅 {session_title(view.group, session)} · {stamp(session.starts_at)}"
        if view.member.place is not None and view.is_to_come:
            mine = spoken_for(view.member, view.group, session, view.now)
            when += f"\n**For you: {escape(mine)}**"
        if view.is_away and view.is_to_come and view.may_change:
            is_own = talk.speaker_id == view.member.user_id
            who = "you have" if is_own else "the speaker has"
            when += f"\n🏝️ Away that day, as {who} told me"
        body.append(when)
    links = [
        f"{name}: {spoken_sources(found, talk.title)}"
        for name, found in (
            ("📎 Sources", talk.sources),
            ("📖 Pre-reading", (talk.reading,)),
            ("🎞️ Slides", (talk.slides,)),
            ("📼 Recording", (talk.recording,)),
        )
        if any(found)
    ]
    if links:
        body.append("\n".join(links))
    return Card(
        title=f"🎤 {escape(talk.title)}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=_talk_buttons(view),
    )


def _talk_buttons(view: TalkView) -> tuple[Button, ...]:
    talk = view.talk
    if not view.may_change:
        is_wanted = view.is_to_come and talk.speaker_id is None
        return (_button("I'll present this", "speak", talk, ButtonStyle.GOOD),) if is_wanted else ()
    buttons = []
    if view.is_to_come:
        if talk.speaker_id is None:
            buttons.append(_button("I'll present this", "speak", talk, ButtonStyle.GOOD))
        elif talk.state is TalkState.ELECTED:
            buttons.append(_button("Confirm", "confirm", talk, ButtonStyle.GOOD))
        buttons += [
            _button("Swap", "swap", talk),
            _button("Can't", "cant", talk, ButtonStyle.DANGER),
        ]
    elif talk.state is TalkState.DEFERRED:
        buttons.append(_button("Withdraw it", "withdraw", talk, ButtonStyle.DANGER))
    if talk.state in (*SEATED, TalkState.DELIVERED):
        buttons.append(_button("Links", "links", talk))
    return tuple(buttons)


def _button(label: str, what: str, talk: Talk, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
    return Button(label=label, action=action("talk", what, talk.id), style=style)


def cant_card(talk: Talk, session: Session, *, is_own: bool = True) -> Card:
    """What the speaker, or a lead for them, is asked before a seat is given away."""
    return Card(
        title="You can't present your talk?" if is_own else "The speaker can't present this talk?",
        body=(
            f"**{escape(shorten(talk.title, 100))}**\n"
            f"Its place on {stamp(session.starts_at)} is offered to the next in line at once.",
            f"**Another day**: {'your' if is_own else 'the'} talk stays promised and gets the next "
            "free seat.\n"
            "**Not at all**: it is withdrawn.",
        ),
        tone=Tone.SESSION,
        buttons=(
            _button("Another day", "defer", talk, ButtonStyle.PRIMARY),
            _button("Not at all", "withdraw", talk, ButtonStyle.DANGER),
        ),
    )


def stepped_back_card(talk: Talk, session: Session, asked_id: int | None) -> Card:
    """What came of it."""
    title = f"**{escape(shorten(talk.title, 100))}**"
    kept = {
        TalkState.DEFERRED: f"{title} stays promised: it gets the next free seat.",
        TalkState.WITHDRAWN: f"{title} is withdrawn.",
    }[talk.state]
    follows = (
        f"I ask {person_link(asked_id)} to take the place in session #{session.number}."
        if asked_id
        else f"Nobody is left to take the place in session #{session.number}; the leads know."
    )
    return Card(title="✅ Done", body=(kept, follows), tone=Tone.DONE)


def withdrawn_card(talk: Talk) -> Card:
    """A promise that its speaker gave back."""
    return Card(
        title="✅ Done",
        body=(f"**{escape(shorten(talk.title, 100))}** is withdrawn.",),
        tone=Tone.DONE,
    )


def swap_card(talk: Talk, others: Sequence[tuple[Session, Talk, str]]) -> Card:
    """The talks to change places with; each with what its line says of its day."""
    return Card(
        title="Change places with whom?",
        body=(
            f"**{escape(shorten(talk.title, 100))}** takes the other talk's place, and that one "
            "takes yours, once the other speaker agrees.",
        ),
        tone=Tone.SESSION,
        picks=(
            Pick(
                action=action("talk", "swap_with", talk.id),
                prompt="Choose a talk",
                options=tuple(
                    Option(
                        label=shorten(other.title, 100),
                        value=str(other.id),
                        description=shorten(f"#{session.number} · {when}", 100),
                    )
                    for session, other, when in others[:25]
                ),
            ),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """A question with what it is about: its session, and for a swap both talks and sessions."""

    ask: Ask
    group: Group
    session: Session
    title: str
    other_title: str = ""
    other_session: Session | None = None

    @property
    def is_to_be_held(self) -> bool:
        """False while a session that it is about is cancelled."""
        sessions = [one for one in (self.session, self.other_session) if one is not None]
        return all(one.state is not SessionState.CANCELLED for one in sessions)

    @property
    def own_title(self) -> str:
        """What the person who is asked would present in the session."""
        return self.title if self.ask.kind is AskKind.SEAT else self.other_title


def ask_card(view: AskView) -> Card:
    """The question, to be answered by one person in front of all; or how it was settled.

    While one of its sessions is cancelled, there is nothing to answer.
    """
    ask = view.ask
    is_open = ask.state is AskState.OPEN and view.is_to_be_held
    cancelled = "🚫 Cancelled: there is nothing to answer."
    words = _seat_words(view) if ask.kind is AskKind.SEAT else _swap_words(view)
    title, question, settled = words
    answer = {
        AskState.OPEN: f"⏳ Please answer until {stamp(ask.expires_at)}." if is_open else cancelled,
        AskState.ACCEPTED: settled,
        AskState.DECLINED: f"{person_link(ask.person_id)} can't.",
        # Its time runs out also where there was nothing to answer any more.
        AskState.LAPSED: "No answer came in time." if view.is_to_be_held else cancelled,
        AskState.OVERTAKEN: "This is settled otherwise.",
    }[ask.state]
    buttons = (
        Button(
            label="Yes", action=action("ask", "yes", ask.id), style=ButtonStyle.GOOD, emoji="✅"
        ),
        Button(label="I can't", action=action("ask", "no", ask.id)),
    )
    return Card(
        title=title,
        body=(question, answer),
        tone=Tone.SESSION if ask.state in (AskState.OPEN, AskState.ACCEPTED) else Tone.PLAIN,
        buttons=buttons if is_open else (),
    )


def _seat_words(view: AskView) -> tuple[str, str, str]:
    person, topic = person_link(view.ask.person_id), escape(shorten(view.title, 150))
    return (
        f"🎤 A place is free at {session_title(view.group, view.session)}",
        f"{person}, you are next in line with **{topic}**: would you present it "
        f"{stamp(view.session.starts_at)}?",
        f"✅ {person} presents it.",
    )


def _swap_words(view: AskView) -> tuple[str, str, str]:
    ask, other = view.ask, view.other_session
    if other is None or ask.asked_by is None:
        raise ValueError("a swap is between two talks")
    mine, theirs = (escape(shorten(one, 100)) for one in (view.other_title, view.title))
    return (
        f"🔁 {escape(view.group.name)}: change places?",
        f"{person_link(ask.person_id)}, {person_link(ask.asked_by)} asks to swap: **{mine}** would "
        f"be {stamp(view.session.starts_at)} (#{view.session.number}), and **{theirs}** "
        f"{stamp(other.starts_at)} (#{other.number}).",
        "✅ They have changed places.",
    )


def asked_card(person_id: int) -> Card:
    """What somebody is told who has asked for a swap."""
    return Card(
        title="✅ Done",
        body=(f"I ask {person_link(person_id)} in the group's channel.",),
        tone=Tone.DONE,
    )

"""The first words of a talk's discussion."""

from bot.cards import Card, Tone, person_link
from bot.groups.model import Group
from bot.pitches.words import spoken_sources
from bot.sessions.model import Session, Talk
from bot.sessions.words import mention_line
from bot.text import escape, shorten

TITLE_LIMIT = 100
"""Discord's limit for the name of a thread or forum post."""

_QUESTIONS = (
    "What would you try first, now that you have heard this?",
    "Which step of the argument would you like to see again, slower?",
    "What surprised you, and what did you expect instead?",
    "Where would this fail, and how would you notice?",
)


def discussion_title(group: Group, session: Session, talk: Talk) -> str:
    """The post's name, in plain text."""
    return shorten(f"{talk.title} ({group.name} #{session.number})", TITLE_LIMIT)


def first_question(talk: Talk) -> str:
    """The question that opens a talk's discussion: always the same one for the same talk."""
    return _QUESTIONS[talk.id % len(_QUESTIONS)]


def discussion_card(group: Group, session: Session, talk: Talk, going: frozenset[int]) -> Card:
    """Title, speaker, sources, a first question; and whom it concerns."""
    speaker = person_link(talk.speaker_id) if talk.speaker_id else "no speaker was named"
    body = [f"🎤 {speaker} · {escape(group.name)} #{session.number}"]
    if talk.sources:
        body.append(f"📎 {spoken_sources(talk.sources, talk.title)}")
    body.append("🎞️ Slides and recording: post them here when they are there.")
    body.append(f"❓ **{first_question(talk)}**")
    listeners = going - {talk.speaker_id}
    if listeners:
        body.append(f"👥 {mention_line(listeners)}")
    return Card(title=escape(talk.title), body=tuple(body), tone=Tone.DISCUSSION)

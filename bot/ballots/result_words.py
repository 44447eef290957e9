"""How a counted ballot looks: who speaks when, who waits, and why."""

from collections.abc import Sequence

from bot.ballots.doubt_words import caveats
from bot.ballots.fates import (
    Fate,
    fate_of,
    promised_by,
    spoken_move,
    spoken_promise,
    why_promised,
)
from bot.ballots.model import Ballot, Result
from bot.ballots.reasons import exclusion_summary, quorum_sentence, reason
from bot.ballots.words import LINES_ROOM, TITLE_ROOMS, rule_sentence
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, stamp
from bot.groups.model import BallotRule, Group
from bot.pitches.words import spoken_speaker
from bot.sessions.model import Session
from bot.text import escape, shorten, utf16_length


def result_card(
    group: Group, ballot: Ballot, sessions: Sequence[Session], *, for_lead: bool = False
) -> Card:
    """The result: who speaks when, who waits, and what decided ties."""
    result = ballot.result
    if result is None:
        raise ValueError("a ballot without a result has no result card")
    name = escape(group.name)
    if result.misses_quorum:
        return Card(
            title=f"🗳️ {name}: too few people voted",
            body=(quorum_sentence(ballot, result.voters), *_uncounted(result)),
            tone=Tone.BALLOT,
            buttons=(_my_vote(ballot),),
        )
    if not result.winners:
        return Card(
            title=f"🗳️ {name}: nobody voted",
            body=(_all_stay(ballot), *_uncounted(result)),
            tone=Tone.BALLOT,
            buttons=(_my_vote(ballot),),
        )
    return Card(
        title=f"🗳️ {name}: the vote is counted",
        body=result_body(ballot, result, sessions, for_lead=for_lead),
        tone=Tone.BALLOT,
        buttons=(*_answers(ballot, result), _my_vote(ballot)),
    )


def _all_stay(ballot: Ballot) -> str:
    topics = "All topics stay" if ballot.options[1:] else "The topic stays"
    return f"{topics} on the backlog for the next ballot."


def _my_vote(ballot: Ballot) -> Button:
    """Tells whoever presses it what counted of their own choices."""
    return Button(label="Was my vote counted?", action=action("vote", "mine", ballot.id))


def _answers(ballot: Ballot, result: Result) -> tuple[Button, ...]:
    has_speakers = any(ballot.option_of(one).speaker_id for one in result.seated)
    return speaker_buttons(ballot.id) if has_speakers else ()


def speaker_buttons(ballot_id: int) -> tuple[Button, ...]:
    """What elected speakers answer with: each press is about the presser's own talk."""
    answers = (
        ("Confirm", "confirm", ButtonStyle.GOOD, "✅"),
        ("Swap", "swap", ButtonStyle.PLAIN, "🔁"),
        ("Can't", "cant", ButtonStyle.PLAIN, None),
    )
    return tuple(
        Button(label=label, action=action("elected", what, ballot_id), style=style, emoji=emoji)
        for label, what, style, emoji in answers
    )


def result_body(
    ballot: Ballot, result: Result, sessions: Sequence[Session], *, for_lead: bool
) -> tuple[str, ...]:
    """Who speaks when, who waits, and why; long titles are cut rather than talks left out.

    Leads alone read why somebody elected has no seat.
    """
    for room in TITLE_ROOMS:
        body = _result_body(ballot, result, sessions, room, for_lead=for_lead)
        if sum(map(utf16_length, body)) <= LINES_ROOM:
            break
    return tuple(body)


def _result_body(
    ballot: Ballot, result: Result, sessions: Sequence[Session], room: int, *, for_lead: bool
) -> list[str]:
    def won(pitch_ids: Sequence[int]) -> str:
        return "\n".join(
            _won(ballot, result, pitch_id, room, for_lead=for_lead) for pitch_id in pitch_ids
        )

    body = [_turnout(ballot, result)]
    for session in sessions:
        # Those in the order of their seats: reserves stand in for winners who can't come.
        seated = [one for one in result.seated if result.seated[one] == session.id]
        if seated:
            lines = [f"**#{session.number} · {stamp(session.starts_at)}**", won(seated)]
            body.append("\n".join([*lines, *_earlier(result, session, room)]))
    if unseated := promised_by(result):
        promise = spoken_promise(len(unseated))
        body.append(f"**Elected, but without a seat yet**\n{won(unseated)}\n{promise}")
    if result.tied and not result.steps:  # a result from before reasons were kept
        letters = ", ".join(ballot.option_of(one).emoji for one in result.tied)
        body.append(f"⚖️ Equal votes: the published order decided the place of {letters}.")
    waiting = [one for one in result.runners_up if one not in result.seated]
    if waiting:
        body.append(
            f"**Back on the backlog**\n{_waiting(ballot, result, waiting, room)}\n"
            f"{'They go' if waiting[1:] else 'It goes'} first in a tie next time."
        )
    return body


def _earlier(result: Result, session: Session, room: int) -> list[str]:
    """The talks that were in the session before: promised ones, or of an earlier vote."""
    return [
        f"🪑 **{escape(shorten(one.title, room))}** · {spoken_speaker(one.speaker_id)} · "
        "had its seat before this vote"
        for one in result.earlier
        if one.session_id == session.id
    ]


def _waiting(ballot: Ballot, result: Result, pitch_ids: Sequence[int], room: int) -> str:
    """Those with votes, then those without: the next ballot's tie order has both in front."""
    ordered = sorted(pitch_ids, key=lambda one: result.counts[one] == 0)
    return " · ".join(
        f"{_short_title(ballot, one, room)} ({_votes(result.counts[one])})" for one in ordered
    )


def _votes(count: int) -> str:
    return plural(count, "vote") if count else "no vote"


def _short_title(ballot: Ballot, pitch_id: int, room: int) -> str:
    return escape(shorten(ballot.option_of(pitch_id).title, min(room, 60)))


def _turnout(ballot: Ballot, result: Result) -> str:
    """How many voted by which rule; and, where a lead accepted it, that the count is not exact."""
    lines = [f"{plural(result.voters, 'person', 'people')} voted."]
    if ballot.rule is not BallotRule.MOST_VOTES:
        lines.append(rule_sentence(ballot.rule, ballot.seats, has_letters=ballot.has_letters))
    return "\n".join([*lines, *caveats(ballot), *_uncounted(result)])


def _uncounted(result: Result) -> tuple[str, ...]:
    summary = exclusion_summary(result)
    return (summary,) if summary else ()


def _won(ballot: Ballot, result: Result, pitch_id: int, room: int, *, for_lead: bool) -> str:
    option = ballot.option_of(pitch_id)
    votes = plural(result.counts[pitch_id], "vote")
    title = escape(shorten(option.title, room))
    step = result.step_of(pitch_id)
    why = reason(ballot, step) if step else ""
    fate = fate_of(result, pitch_id)
    if fate is Fate.MOVED_UP:
        why = spoken_move(ballot, result)
    parts = [f"{option.emoji} **{title}**", spoken_speaker(option.speaker_id), votes, why]
    if fate is Fate.PROMISED and for_lead:
        parts.append(f"⚠️ {why_promised(ballot, result, pitch_id)}")
    return " · ".join(part for part in parts if part)

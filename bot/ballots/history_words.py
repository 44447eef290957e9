"""How a ballot stands, how it ended, and what counted of one's own choices, as cards."""

from collections.abc import Sequence
from dataclasses import replace

from bot.ballots.doubt_words import caveats
from bot.ballots.export_words import fingerprint_line
from bot.ballots.fates import spoken_fate
from bot.ballots.model import Ballot, BallotMode, BallotState, result_of
from bot.ballots.past import PastBallot
from bot.ballots.reasons import told_privately
from bot.ballots.result_words import result_card
from bot.ballots.votes import RecordLine
from bot.ballots.words import (
    RULE_NAMES,
    conditions,
    rule_sentence,
    seats_line,
    tie_sentence,
    void_card,
)
from bot.cards import (
    Button,
    Card,
    Tone,
    action,
    person_link,
    plural,
    stamp,
)
from bot.groups.model import BallotRule, Group
from bot.pitches.model import Pitch
from bot.pitches.words import with_promises
from bot.places.spoken import Habit, spoken_long_date
from bot.places.wall import local
from bot.sessions.model import Session
from bot.text import clean_line, escape, shorten

LABEL_TITLE_ROOM = 40


def past_label(past: PastBallot, habit: Habit) -> str:
    """The ballot in a list: "1 November 2022: Alpha, Beta", its winners or what became of it."""
    day = spoken_long_date(local(past.ended_at, habit.zone).date(), habit)
    shown = past.winners or past.titles
    titles = ", ".join(shorten(clean_line(title), LABEL_TITLE_ROOM) for title in shown)
    if past.state is BallotState.VOID:
        return f"{day}: called off ({titles})"
    return f"{day}: {titles}" if past.winners else f"{day}: nobody elected ({titles})"


def none_yet_card(group: Group) -> Card:
    """What is seen where no ballot has been held."""
    return Card(
        title=f"Ballots of {escape(group.name)}",
        body=("There has been none yet. A lead opens one with `/ballot open`.",),
        tone=Tone.BALLOT,
    )


_STANDING = {
    BallotState.POSTING: "is being posted.",
    BallotState.OPEN: "is open. Votes are read from Discord when it closes.",
    BallotState.CLOSING: "is being counted.",
}


def standing_card(
    group: Group,
    ballot: Ballot,
    voters: int | None,
    sessions: Sequence[Session],
    promised: Sequence[Pitch],
) -> Card:
    """How a ballot that is not over stands: of what was chosen, only by how many people."""
    standing = _STANDING[ballot.state]
    if ballot.awaits_decision:
        standing = "is counted, but not for certain: a lead has to decide what becomes of it."
    if voters is not None:
        standing = f"is {_openness(ballot)}: {_voted_so_far(voters)}"
    link = (
        f"https://discord.com/channels/{group.server_id}/{ballot.channel_id}/{ballot.message_id}"
        if ballot.message_id
        else ""
    )
    card = Card(
        title=f"Ballot of {escape(group.name)}",
        body=(
            f"It {standing} {link}".strip(),
            f"⚖️ {_rule(ballot)}",
            f"Opened by {person_link(ballot.opened_by)}; closes {stamp(ballot.due_at)}.",
            seats_line(ballot, sessions),
            *_conditions(ballot),
        ),
        small=tie_sentence(ballot),
        tone=Tone.BALLOT,
    )
    return with_promises(card, promised)


def _voted_so_far(voters: int) -> str:
    if not voters:
        return "nobody has voted yet."
    return f"{plural(voters, 'person has', 'people have')} voted so far."


def _openness(ballot: Ballot) -> str:
    if ballot.mode is BallotMode.PRIVATE:
        return "open and private"
    return "open and hidden" if ballot.is_hidden else "open"


def _rule(ballot: Ballot) -> str:
    rule = rule_sentence(ballot.rule, ballot.seats, has_letters=ballot.has_letters)
    return f"{RULE_NAMES[ballot.rule]}: {rule}"


def _conditions(ballot: Ballot) -> list[str]:
    """What a lead set at opening beside the rule, and that the end was put off, a line each."""
    kept_open = "It was kept open longer, since too few people had voted"
    kept_open += "." if ballot.voters_before is None else f" ({ballot.voters_before})."
    return [*conditions(ballot), *([kept_open] if ballot.is_extended else [])]


def past_card(
    group: Group,
    ballot: Ballot,
    sessions: Sequence[Session],
    *,
    for_lead: bool,
    is_latest: bool = True,
) -> Card:
    """How a ballot ended; for leads with a button that gives its record.

    What elected speakers answer with stands under the latest alone.
    """
    if ballot.state is BallotState.VOID:
        opened = f"Opened {stamp(ballot.opened_at)} by {person_link(ballot.opened_by)}."
        card = void_card(group, ballot).with_body(opened)
        again = Button(label="Open it again", action=action("reopen", ballot.id))
        return replace(card, buttons=(again,)) if for_lead and is_latest else card
    card = result_card(group, ballot, sessions, for_lead=for_lead)
    result = result_of(ballot)
    about = [
        f"Open from {stamp(ballot.opened_at)} until {stamp(ballot.closing_at or ballot.due_at)}; "
        f"opened by {person_link(ballot.opened_by)}.",
    ]
    if ballot.mode is BallotMode.PRIVATE:
        about.append("It was private: no member or lead sees who chose what.")
    elif ballot.is_hidden:
        about.append("It was hidden: no member or lead saw choices or counts until the close.")
    if ballot.rule is BallotRule.MOST_VOTES or not result.winners:
        about.append(f"⚖️ {_rule(ballot)}")
    if result.fingerprint:
        about.append(fingerprint_line(ballot.id, result.fingerprint))
    buttons = card.buttons if is_latest else card.buttons[-1:]
    if for_lead:
        buttons += (Button(label="Export", action=action("record", ballot.id), emoji="📤"),)
    return replace(
        card,
        body=(*card.body, "\n".join([*about, *_conditions(ballot)])),
        small=tie_sentence(ballot),
        buttons=buttons,
    )


def my_vote_card(
    group: Group,
    ballot: Ballot,
    line: RecordLine | None,
    late: Sequence[str] = (),
    *,
    is_recorded: bool = True,
) -> Card:
    """What counted of one member's choices, for that member alone; `late` came after the count."""
    return Card(
        title=f"🗳️ Your vote in {escape(group.name)}",
        body=_my_vote(ballot, line, late, is_recorded=is_recorded),
        small="Nobody else sees this answer.",
        tone=Tone.BALLOT,
    )


def _my_vote(
    ballot: Ballot, line: RecordLine | None, late: Sequence[str], *, is_recorded: bool
) -> tuple[str, ...]:
    if ballot.state is BallotState.VOID:
        return ("This ballot was called off: nobody's vote counts.",)
    if ballot.publish_at is not None:
        return ("The leads look at the seats first: the result is not published yet.",)
    if ballot.result is None:
        return (_not_counted(ballot),)
    if not is_recorded:
        return ("This ballot was closed by an earlier version of me that kept no record.",)
    line = line or RecordLine(user_id=0)
    body = [told_privately(ballot, line)]
    if not (ballot.result.voters or line.exclusion):
        body = ["Nobody's vote was there to be counted, so none of yours either."]
    if line.pitch_ids:
        body.append("\n".join(_fate(ballot, pitch_id) for pitch_id in _ordered(ballot, line)))
    elif not line.exclusion:
        body.append(
            f"Votes were counted {stamp(ballot.closing_at or ballot.due_at)}: what was taken back "
            "or cleared before, or pressed after that, is not among them."
        )
    too_late = [
        option.emoji
        for option in ballot.options
        if option.emoji in late and option.pitch_id not in line.pitch_ids
    ]
    if too_late:
        body.append(f"Pressed after counting had begun, so not counted: {' '.join(too_late)}.")
    body.extend(caveats(ballot))
    if line.pitch_ids and ballot.result.misses_quorum:
        body.append("It counted, but too few people voted to elect anybody.")
    return tuple(body)


def _not_counted(ballot: Ballot) -> str:
    if ballot.awaits_decision:
        return (
            "It can't be counted for certain: a lead has to decide whether the count stands or the "
            "ballot is opened again."
        )
    if ballot.state is BallotState.CLOSING:
        return "It is being counted now."
    is_longer = " It was kept open longer, since too few had voted." if ballot.is_extended else ""
    return f"It is not counted yet; it closes {stamp(ballot.due_at)}.{is_longer}"


def _ordered(ballot: Ballot, line: RecordLine) -> list[int]:
    return [one.pitch_id for one in ballot.options if one.pitch_id in line.pitch_ids]


def _fate(ballot: Ballot, pitch_id: int) -> str:
    option = ballot.option_of(pitch_id)
    fate = spoken_fate(ballot, result_of(ballot), pitch_id)
    return f"{option.emoji} **{escape(shorten(option.title, 60))}** · {fate}"

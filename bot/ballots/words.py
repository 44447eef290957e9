"""How ballots and their results look as cards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.ballots.doubt_words import caveats
from bot.ballots.model import Ballot, BallotMode, BallotOption, Result
from bot.ballots.reasons import exclusion_summary, quorum_sentence, reason
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, stamp
from bot.groups.model import BallotRule, Group
from bot.members.model import Member
from bot.members.words import spoken_reading
from bot.pitches.words import spoken_sources, spoken_speaker
from bot.sessions.model import Session
from bot.text import escape, shorten, utf16_length

TITLE_ROOMS = (90, 60, 40)
"""How long a title may be shown; where twenty of them are too much, the next length is tried."""

LINES_ROOM = 3_000
"""The part of a card's 4,000 characters that is left for its options or winners."""

RULE_NAMES = {
    BallotRule.FAIR_TURNS: "Fair turns",
    BallotRule.MOST_VOTES: "Most votes",
    BallotRule.FAIR_THIS_BALLOT: "Fair within this ballot",
}

_RULE_SENTENCES = {
    BallotRule.FAIR_TURNS: (
        "The first talk is the one most of you want; the others go to people whose choices have "
        "been picked least, in this ballot and before."
    ),
    BallotRule.MOST_VOTES: "Most clicks win.",
    BallotRule.FAIR_THIS_BALLOT: (
        "Once a pitch you chose has won, your other clicks weigh less; the next ballot starts "
        "afresh."
    ),
}

_ONE_SEAT_IN_TURN = "The talk goes to a pitch many want whose supporters were picked least so far."


def rule_sentence(rule: BallotRule, seats: int) -> str:
    """How winners are found, in one sentence for members."""
    if rule is BallotRule.FAIR_TURNS and seats == 1:
        return _ONE_SEAT_IN_TURN
    return _RULE_SENTENCES[rule]


def ballot_card(group: Group, ballot: Ballot) -> Card:
    """The ballot itself, with the tie order once lots are drawn."""
    rule = rule_sentence(ballot.rule, ballot.seats)
    end = f"⏳ Closes {stamp(ballot.due_at)} · {stamp(ballot.due_at, 'R')}"
    if ballot.is_extended:
        end += " · extended once: too few people had voted"
    if ballot.has_letters:
        appeal = f"React with the letter of every topic you would come for. {rule}"
        return _ballot_card(group, ballot, appeal, end)
    kind = "🔒 A private vote" if ballot.mode is BallotMode.PRIVATE else "🙈 A hidden vote"
    appeal = (
        f"{kind}: press **Vote** and choose every topic you would come for. {secrecy(ballot)} "
        f"Reactions don't count. {rule}"
    )
    vote = Button(
        label="Vote", action=action("vote", "enter", ballot.id), style=ButtonStyle.PRIMARY
    )
    return replace(_ballot_card(group, ballot, appeal, end), buttons=(vote,))


def secrecy(ballot: Ballot) -> str:
    """Who learns what is chosen in a ballot without letters."""
    if ballot.mode is BallotMode.PRIVATE:
        return "Nobody else sees what you choose."
    return (
        "Until the close nobody else sees what you choose, nor how often a topic is chosen; "
        "afterwards leads can see who chose what."
    )


def closed_card(group: Group, ballot: Ballot) -> Card:
    """The ballot once it is counted: what was asked stays, nobody is asked any more."""
    end = f"⌛ Closed {stamp(ballot.closing_at or ballot.due_at)}"
    if ballot.publish_at is not None:
        result_by = stamp(ballot.publish_at, "R")
        end += f"\n👀 Its leads look at the seats; the result comes {result_by} at the latest"
    return _ballot_card(
        group,
        ballot,
        "This vote is closed: letters pressed from now on don't count."
        if ballot.has_letters
        else "This vote is closed.",
        end,
    )


def _ballot_card(group: Group, ballot: Ballot, appeal: str, end: str) -> Card:
    fills = (
        f"{plural(ballot.seats, 'seat')}: {plural(ballot.sessions, 'session')}, "
        f"{plural(ballot.talks_each, 'talk')} each"
    )
    if ballot.reserved:
        fills += f", {ballot.reserved} of them promised already"
    return Card(
        title=f"🗳️ {escape(group.name)}: what shall we hear next?",
        body=(appeal, _options(ballot), "\n".join([end, f"🪑 {fills}", *_listed(ballot)])),
        small=tie_sentence(ballot),
        tone=Tone.BALLOT,
    )


def _listed(ballot: Ballot) -> list[str]:
    return [f"☝️ {condition}" for condition in conditions(ballot)]


def conditions(ballot: Ballot) -> list[str]:
    """What a lead set beside the rule, a sentence each; nothing where nothing was."""
    said = []
    if ballot.quorum:
        said.append(f"It takes {plural(ballot.quorum, 'voter')} to elect anybody.")
    if ballot.choice_limit:
        verb = "counts" if ballot.choice_limit == 1 else "count"
        # From a list of ours nobody can choose more.
        first = ", the first in the order below" if ballot.has_letters else ""
        said.append(f"{plural(ballot.choice_limit, 'choice')} of each person {verb}{first}.")
    if ballot.role_id:
        said.append(f"Only people with <@&{ballot.role_id}> count.")
    return said


def _options(ballot: Ballot) -> str:
    """A line for each topic; no topic may be cut off, so links go first, then ends of titles."""
    plain = [(room, False) for room in TITLE_ROOMS]
    for room, has_links in [(TITLE_ROOMS[0], True), *plain]:
        lines = "\n".join(_option(option, room, has_links=has_links) for option in ballot.options)
        if utf16_length(lines) <= LINES_ROOM:
            break
    return lines


def _option(option: BallotOption, room: int, *, has_links: bool) -> str:
    link = f" · {spoken_sources(option.sources[:1])}" if option.sources and has_links else ""
    title = escape(shorten(option.title, room))
    return f"{option.emoji} **{title}** · {spoken_speaker(option.speaker_id)}{link}"


def tie_sentence(ballot: Ballot) -> str:
    """Who wins among equals, fixed before the first vote."""
    if not ballot.tie_order:
        return "Among equals, runner-ups of earlier ballots go first, then a lot decides."
    letters = " ".join(ballot.option_of(pitch_id).emoji for pitch_id in ballot.tie_order)
    return (
        f"Among equals the first of these wins: {letters}. "
        "Runner-ups of earlier ballots lead, the others were drawn by lot."
    )


def promises_kept_card(group: Group, given: int) -> Card:
    """What the lead sees where a ballot had nothing to vote on but promises to keep."""
    talks, have = plural(given, "promised talk"), "has" if given == 1 else "have"
    return Card(
        title=f"Ballot of {escape(group.name)}",
        body=(
            f"There is nothing to vote on: the backlog is empty. But {talks} {have} a seat now: "
            "see `/sessions`.",
        ),
        tone=Tone.DONE,
    )


def opened_card(group: Group, ballot: Ballot, left_over: int, lead: Member) -> Card:
    """What the lead sees after opening, with what was understood of its end on both clocks."""
    home = group.home_at(ballot.due_at)
    closes = spoken_reading(ballot.due_at, home.zone, home.city, lead)
    body = [
        f"{plural(len(ballot.options), 'topic')} for {plural(ballot.seats, 'seat')}. The ballot "
        "appears in the group's channel in a moment.",
        f"It closes {closes}",
    ]
    if left_over:
        later = plural(left_over, "later pitch stays", "later pitches stay")
        body.append(f"A ballot holds {len(ballot.options)} topics: {later} on the backlog.")
    return Card(title=f"Ballot of {escape(group.name)}", body=tuple(body), tone=Tone.DONE)


def result_card(group: Group, ballot: Ballot, sessions: Sequence[Session]) -> Card:
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
            body=("All topics stay on the backlog for the next ballot.", *_uncounted(result)),
            tone=Tone.BALLOT,
            buttons=(_my_vote(ballot),),
        )
    return Card(
        title=f"🗳️ {name}: the vote is counted",
        body=result_body(ballot, result, sessions),
        tone=Tone.BALLOT,
        buttons=(*_speaker_buttons(ballot, result), _my_vote(ballot)),
    )


def _my_vote(ballot: Ballot) -> Button:
    """Tells whoever presses it what counted of their own choices."""
    return Button(label="Was my vote counted?", action=action("vote", "mine", ballot.id))


def _speaker_buttons(ballot: Ballot, result: Result) -> tuple[Button, ...]:
    """What elected speakers answer with: each press is about the presser's own talk."""
    if not any(ballot.option_of(one).speaker_id for one in result.seated):
        return ()
    answers = (
        ("Confirm", "confirm", ButtonStyle.GOOD, "✅"),
        ("Swap", "swap", ButtonStyle.PLAIN, "🔁"),
        ("Can't", "cant", ButtonStyle.PLAIN, None),
    )
    return tuple(
        Button(label=label, action=action("elected", what, ballot.id), style=style, emoji=emoji)
        for label, what, style, emoji in answers
    )


def result_body(ballot: Ballot, result: Result, sessions: Sequence[Session]) -> tuple[str, ...]:
    """Who speaks when, who waits, and why; long titles are cut rather than talks left out."""
    for room in TITLE_ROOMS:
        body = _result_body(ballot, result, sessions, room)
        if sum(map(utf16_length, body)) <= LINES_ROOM:
            break
    return tuple(body)


def _result_body(
    ballot: Ballot, result: Result, sessions: Sequence[Session], room: int
) -> list[str]:
    def won(pitch_ids: Sequence[int]) -> str:
        return "\n".join(_won(ballot, result, pitch_id, room) for pitch_id in pitch_ids)

    body = [_turnout(ballot, result)]
    for session in sessions:
        # Those in the order of their seats: reserves stand in for winners who can't come.
        seated = [one for one in result.seated if result.seated[one] == session.id]
        if seated:
            body.append(f"**#{session.number} · {stamp(session.starts_at)}**\n{won(seated)}")
    if unseated := [one for one in result.winners if one not in result.seated]:
        body.append(
            f"**Elected, but no session suits**\n{won(unseated)}\n"
            "They are promised the next free seats."
        )
    if result.tied and not result.steps:  # a result from before reasons were kept
        letters = ", ".join(ballot.option_of(one).emoji for one in result.tied)
        body.append(f"⚖️ Equal votes: the published order decided the place of {letters}.")
    waiting = [one for one in result.runners_up if one not in result.seated]
    if runners_up := [one for one in waiting if result.counts[one]]:
        spoken = " · ".join(
            f"{_short_title(ballot, one, room)} ({result.counts[one]})" for one in runners_up
        )
        body.append(f"**Back on the backlog, first among equals next time**\n{spoken}")
    if unchosen := [one for one in waiting if not result.counts[one]]:
        spoken = " · ".join(_short_title(ballot, one, room) for one in unchosen)
        body.append(f"**Back on the backlog, chosen by nobody**\n{spoken}")
    return body


def _short_title(ballot: Ballot, pitch_id: int, room: int) -> str:
    return escape(shorten(ballot.option_of(pitch_id).title, min(room, 60)))


def _turnout(ballot: Ballot, result: Result) -> str:
    """How many voted by which rule; and, where a lead accepted it, that the count is not exact."""
    lines = [f"{plural(result.voters, 'person', 'people')} voted."]
    if ballot.rule is not BallotRule.MOST_VOTES:
        lines.append(rule_sentence(ballot.rule, ballot.seats))
    return "\n".join([*lines, *caveats(ballot), *_uncounted(result)])


def _uncounted(result: Result) -> tuple[str, ...]:
    summary = exclusion_summary(result)
    return (summary,) if summary else ()


def _won(ballot: Ballot, result: Result, pitch_id: int, room: int) -> str:
    option = ballot.option_of(pitch_id)
    votes = plural(result.counts[pitch_id], "vote")
    title = escape(shorten(option.title, room))
    step = result.step_of(pitch_id)
    why = reason(ballot, step) if step else ""
    line = f"{option.emoji} **{title}** · {spoken_speaker(option.speaker_id)} · {votes}"
    return f"{line} · {why}" if why else line


def void_card(group: Group, ballot: Ballot) -> Card:
    """What stands in place of a ballot that was called off."""
    titles = " · ".join(escape(shorten(option.title, 60)) for option in ballot.options)
    return Card(
        title=f"🗳️ {escape(group.name)}: this ballot was called off",
        body=(f"No vote counts; its topics are on the backlog again: {titles}",),
        tone=Tone.WARNING,
    )


def held_card(group: Group, publish_at: datetime) -> Card:
    """What members hear of a vote whose seats the leads look at first."""
    return Card(
        title=f"Ballot of {escape(group.name)}",
        body=(
            "It is counted. The leads look at the seats before everybody does; the result comes "
            f"{stamp(publish_at, 'R')} at the latest.",
        ),
        tone=Tone.BALLOT,
    )

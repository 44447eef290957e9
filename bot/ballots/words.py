"""How ballots and their results look as cards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.ballots.model import Ballot, BallotMode, BallotOption
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, spoken_list, stamp
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


def rule_sentence(rule: BallotRule, seats: int, *, has_letters: bool = True) -> str:
    """How winners are found, in one sentence for members; who chooses in a list clicks nothing."""
    if rule is BallotRule.FAIR_TURNS and seats == 1:
        return _ONE_SEAT_IN_TURN
    sentence = _RULE_SENTENCES[rule]
    return sentence if has_letters else sentence.replace("clicks", "choices")


def ballot_card(group: Group, ballot: Ballot, sessions: Sequence[Session]) -> Card:
    """The ballot itself, with the tie order once lots are drawn; `sessions` are those that it would
    fill as things are.
    """
    fills = seats_line(ballot, sessions)
    rule = rule_sentence(ballot.rule, ballot.seats, has_letters=ballot.has_letters)
    end = f"⏳ Closes {stamp(ballot.due_at)} · {stamp(ballot.due_at, 'R')}"
    if ballot.is_extended:
        end += " · extended once: too few people had voted"
    if ballot.has_letters:
        appeal = f"React with the letter of every topic you would come for. {rule}"
        return _ballot_card(group, ballot, appeal, end, fills)
    kind = "🔒 A private vote" if ballot.mode is BallotMode.PRIVATE else "🙈 A hidden vote"
    appeal = (
        f"{kind}: press **Vote** and choose every topic you would come for. {secrecy(ballot)} "
        f"Reactions don't count. {rule}"
    )
    vote = Button(
        label="Vote", action=action("vote", "enter", ballot.id), style=ButtonStyle.PRIMARY
    )
    return replace(_ballot_card(group, ballot, appeal, end, fills), buttons=(vote,))


def secrecy(ballot: Ballot) -> str:
    """Who learns what is chosen in a ballot without letters."""
    if ballot.mode is BallotMode.PRIVATE:
        return (
            "No member or lead ever sees what you choose; only the bot's operator, who keeps its "
            "database, could look."
        )
    return (
        "Until the close no member or lead sees what you choose, nor how often a topic is chosen; "
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
        f"🪑 {plural(ballot.seats, 'seat')} in {plural(ballot.sessions, 'session')}",
    )


def seats_line(ballot: Ballot, sessions: Sequence[Session]) -> str:
    """How many talks an open ballot elects and for which sessions, as they are planned now."""
    seats = f"🪑 {plural(ballot.seats, 'seat')}"
    if not sessions:
        return (
            f"{seats}, but no session is planned for {'it' if ballot.seats == 1 else 'them'} at "
            "the moment: whoever is elected is promised the next free seat"
        )
    dates = [f"#{one.number} · {stamp(one.starts_at)}" for one in sessions]
    line = f"{seats} in {spoken_list(dates)}"
    taken = sum(len(one.talks) for one in sessions)
    if taken:
        line += f" ({plural(taken, 'more place')} there {'is' if taken == 1 else 'are'} taken)"
    missing = ballot.sessions - len(sessions)
    if missing:
        line += (
            f"\n⚠️ {plural(missing, 'more session')} that it should fill "
            f"{'is' if missing == 1 else 'are'} not planned at the moment: whoever fits in none is "
            "promised the next free seat"
        )
    return line


def _ballot_card(group: Group, ballot: Ballot, appeal: str, end: str, fills: str) -> Card:
    return Card(
        title=f"🗳️ {escape(group.name)}: what shall we hear next?",
        body=(appeal, _options(ballot), "\n".join([end, fills, *_listed(ballot)])),
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
    link = ""
    if option.sources and has_links:
        link = f" · {spoken_sources(option.sources[:1], option.title)}"
    title = escape(shorten(option.title, room))
    return f"{option.emoji} **{title}** · {spoken_speaker(option.speaker_id)}{link}"


def tie_sentence(ballot: Ballot) -> str | None:
    """Who wins among equals, fixed before the first vote; nothing where one topic stands alone."""
    if len(ballot.options) == 1:
        return None
    if not ballot.tie_order:
        return "Among equals, runners-up of earlier ballots go first, then a lot decides."
    letters = " ".join(ballot.option_of(pitch_id).emoji for pitch_id in ballot.tie_order)
    return (
        f"Among equals the first of these wins: {letters}. "
        "Runners-up of earlier ballots lead, the others were drawn by lot."
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

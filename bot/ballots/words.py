"""How ballots and their results look as cards."""

from collections.abc import Sequence

from bot.ballots.model import Ballot, BallotState, Result
from bot.cards import Card, Tone, person_link, plural, stamp
from bot.groups.model import Group
from bot.pitches.words import spoken_sources, spoken_speaker
from bot.sessions.model import Session
from bot.text import escape, shorten

TITLE_ROOM = 90
"""Twenty options, each with a speaker and a link, have to fit 4,000 characters."""

RULE_SENTENCE = "Most clicks win."


def ballot_card(group: Group, ballot: Ballot) -> Card:
    """The ballot itself, with the tie order once lots are drawn."""
    lines = [
        f"{option.emoji} **{escape(shorten(option.title, TITLE_ROOM))}** · "
        f"{spoken_speaker(option.speaker_id)}"
        + (f" · {spoken_sources(option.sources[:1])}" if option.sources else "")
        for option in ballot.options
    ]
    fills = (
        f"{plural(ballot.seats, 'seat')}: {plural(ballot.sessions, 'session')}, "
        f"{plural(ballot.talks_each, 'talk')} each"
    )
    body = [
        f"React with the letter of every topic you would come for. {RULE_SENTENCE}",
        "\n".join(lines),
        f"⏳ Closes {stamp(ballot.due_at)} · {stamp(ballot.due_at, 'R')}\n🪑 {fills}",
    ]
    return Card(
        title=f"🗳️ {escape(group.name)}: what shall we hear next?",
        body=tuple(body),
        small=tie_sentence(ballot),
        tone=Tone.BALLOT,
    )


def tie_sentence(ballot: Ballot) -> str:
    """Who wins among equals, fixed before the first vote."""
    if not ballot.tie_order:
        return "Among equals, runner-ups of earlier ballots go first, then a lot decides."
    letters = " ".join(ballot.option_of(pitch_id).emoji for pitch_id in ballot.tie_order)
    return (
        f"Among equals the first of these wins: {letters}. "
        "Runner-ups of earlier ballots lead, the others were drawn by lot."
    )


def opened_card(group: Group, ballot: Ballot, left_over: int) -> Card:
    """What the lead sees after opening."""
    body = [
        f"{plural(len(ballot.options), 'topic')} for {plural(ballot.seats, 'seat')}; it closes "
        f"{stamp(ballot.due_at)}. The ballot appears in the group's channel in a moment."
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
    if not result.winners:
        return Card(
            title=f"🗳️ {name}: nobody voted",
            body=("All topics stay on the backlog for the next ballot.",),
            tone=Tone.BALLOT,
        )
    body = [f"{plural(result.voters, 'person', 'people')} voted."]
    for session in sessions:
        won = [pitch_id for pitch_id in result.winners if result.seated.get(pitch_id) == session.id]
        if won:
            lines = "\n".join(_won(ballot, result, pitch_id) for pitch_id in won)
            body.append(f"**#{session.number} · {stamp(session.starts_at)}**\n{lines}")
    if unseated := [one for one in result.winners if one not in result.seated]:
        lines = "\n".join(_won(ballot, result, pitch_id) for pitch_id in unseated)
        body.append(f"**Elected, but no session is free**\n{lines}\nThey go first next time.")
    if result.tied:
        letters = ", ".join(ballot.option_of(one).emoji for one in result.tied)
        body.append(f"⚖️ Equal votes: the published order decided the place of {letters}.")
    if result.runners_up:
        waiting = " · ".join(
            f"{escape(shorten(ballot.option_of(one).title, 60))} ({result.counts[one]})"
            for one in result.runners_up
        )
        body.append(f"**Back on the backlog, first among equals next time**\n{waiting}")
    return Card(title=f"🗳️ {name}: the vote is counted", body=tuple(body), tone=Tone.BALLOT)


def _won(ballot: Ballot, result: Result, pitch_id: int) -> str:
    option = ballot.option_of(pitch_id)
    votes = plural(result.counts[pitch_id], "vote")
    title = escape(shorten(option.title, TITLE_ROOM))
    return f"{option.emoji} **{title}** · {spoken_speaker(option.speaker_id)} · {votes}"


def void_card(group: Group, ballot: Ballot) -> Card:
    """What stands in place of a ballot that was called off."""
    titles = " · ".join(escape(shorten(option.title, 60)) for option in ballot.options)
    return Card(
        title=f"🗳️ {escape(group.name)}: this ballot was called off",
        body=(f"No vote counts; its topics are on the backlog again: {titles}",),
        tone=Tone.WARNING,
    )


_STATUS = {
    BallotState.POSTING: "is being posted.",
    BallotState.OPEN: "is open. Votes are read from Discord when it closes.",
    BallotState.CLOSING: "is being counted.",
    BallotState.VOID: "was called off.",
}


def status_card(group: Group, ballot: Ballot | None, sessions: Sequence[Session]) -> Card:
    """How the group's latest ballot stands."""
    if ballot is None:
        return Card(
            title=f"Ballots of {escape(group.name)}",
            body=("There has been none yet. A lead opens one with `/ballot open`.",),
            tone=Tone.BALLOT,
        )
    if ballot.result is not None:
        return result_card(group, ballot, sessions)
    link = (
        f"https://discord.com/channels/{group.server_id}/{ballot.channel_id}/{ballot.message_id}"
        if ballot.message_id
        else ""
    )
    return Card(
        title=f"Ballot of {escape(group.name)}",
        body=(
            f"It {_STATUS[ballot.state]} {link}".strip(),
            f"Opened by {person_link(ballot.opened_by)}; closes {stamp(ballot.due_at)}.",
        ),
        small=tie_sentence(ballot),
        tone=Tone.BALLOT,
    )

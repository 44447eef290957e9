"""From what a lead asks for to a ballot: its size, its end, its options, its conditions."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.ballots.model import (
    DEFAULT_DAYS,
    LETTERS,
    LONGEST,
    MOST_SESSIONS,
    MOST_TALKS,
    Ballot,
    BallotForm,
    BallotOption,
    BallotState,
    hash_options,
)
from bot.cards import plural
from bot.errors import Refusal
from bot.groups.model import Group
from bot.members.model import Member
from bot.pitches.model import Pitch
from bot.places.asking import AskBack, Choice
from bot.places.spoken import Habit
from bot.places.written import read_moment
from bot.text import quote


def check_size(form: BallotForm, default_talks: int) -> tuple[int, int]:
    """(sessions, talks in each), within what a ballot can fill."""
    talks = default_talks if form.talks_each is None else form.talks_each
    if not 1 <= form.sessions <= MOST_SESSIONS:
        raise Refusal(f"A ballot fills 1 to {MOST_SESSIONS} sessions, not {form.sessions}.")
    if not 1 <= talks <= MOST_TALKS:
        raise Refusal(f"A session takes 1 to {MOST_TALKS} talks from a ballot, not {talks}.")
    return form.sessions, talks


def check_due(due_at: datetime, now: datetime, typed: str) -> datetime:
    """The closing instant, ahead and within two months; a refusal quotes what was `typed`."""
    if due_at <= now + timedelta(minutes=1):
        raise Refusal(
            f"At {quote(typed, 40)} the ballot would close at once: choose a time that is ahead."
        )
    if due_at > now + LONGEST:
        raise Refusal(
            f"{quote(typed, 40)} is too far ahead: a ballot stays open for at most {LONGEST.days} "
            "days from now."
        )
    return due_at


def options_from(pitches: Sequence[Pitch]) -> tuple[BallotOption, ...]:
    """The first twenty as options, frozen as they are; refuses a ballot over nothing."""
    if not pitches:
        raise Refusal(
            "There is nothing to vote on: the backlog is empty. Ask members to `/pitch` first."
        )
    return tuple(
        BallotOption(
            pitch_id=pitch.id,
            emoji=emoji,
            title=pitch.title,
            speaker_id=pitch.speaker_id,
            sources=pitch.sources,
            has_lost=pitch.has_lost,
        )
        for pitch, emoji in zip(pitches, LETTERS, strict=False)
    )


def check_limit(limit: int | None, options: int) -> int | None:
    """How many of a member's choices count; a limit that limits nothing is none."""
    if limit is not None and limit < 1:
        raise Refusal(f"A member needs at least one choice, not {limit}.")
    return None if limit is None or limit >= options else limit


_QUORUM = re.compile(r"(\d{1,9})\s*(%?)")


def check_quorum(typed: str | None, followers: int) -> int | None:
    """How many people have to vote: the number itself, or a share of the followers, rounded up."""
    if typed is None:
        return None
    match = _QUORUM.fullmatch(typed.strip())
    if match is None or not int(match.group(1)):
        raise Refusal(
            f"I can't read {quote(typed, 40)} as a quorum: write how many people have to vote, "
            "like 8, or a share of the followers, like 30%."
        )
    number = int(match.group(1))
    if not match.group(2):
        return number
    if number > 100:
        raise Refusal(f"A quorum of {number}% can't be met: ask for at most 100%.")
    return max(1, -(-number * followers // 100))


def due_of(form: BallotForm, group: Group, now: datetime, lead: Member | None = None) -> datetime:
    """When the ballot that the form asks for closes by itself; refusals are for the `lead`.

    Asks (AskBack) where what was typed has several readings, and only for those that can be.
    """
    if form.closes and form.days is not None:
        raise Refusal(
            f"A ballot closes after `days` or at `closes`, not both: leave out {form.days} or "
            f"{quote(form.closes, 40)}."
        )
    if form.closes:
        home = group.home_at(now)
        habit = Habit(locale=form.locale, hour_cycle=None, zone=home.zone)
        if lead is not None:
            habit = lead.habit_on(home.zone)
        try:
            closes = read_moment(form.closes, habit, home.city, now)
        except AskBack as question:
            raise _within_reach(question, now) from None
        return check_due(closes.starts_at, now, form.closes)
    days = DEFAULT_DAYS if form.days is None else form.days
    if days < 1:
        raise Refusal(f"A ballot stays open for at least a day, not {days}.")
    return check_due(now + timedelta(days=min(days, 1_000)), now, plural(days, "day"))


def _within_reach(question: AskBack, now: datetime) -> AskBack:
    """The question without readings at which no ballot can close; refuses where none is left."""
    asked = [one for one in question.choices if isinstance(one, Choice)]
    left = [one for one in asked if now + timedelta(minutes=1) < one.at <= now + LONGEST]
    if not left:
        check_due(asked[0].at, now, question.text)
    why = question.why
    if len(left) < len(asked):
        why += f" A ballot stays open for at most {LONGEST.days} days from now, which leaves this:"
    return AskBack(question.text, why, left, question.zone, question.city)


def draft_ballot(
    form: BallotForm, group: Group, pitches: Sequence[Pitch], followers: int, now: datetime
) -> Ballot:
    """The ballot that the form asks for, its options frozen; `followers` is how many there are."""
    sessions, talks_each = check_size(form, group.talks_per_session)
    options = options_from(pitches)
    return Ballot(
        id=0,
        group_id=group.id,
        state=BallotState.DRAFT,
        rule=form.rule or group.rule,
        mode=form.mode,
        is_hidden=not form.has_letters,
        is_reviewed=form.is_reviewed,
        choice_limit=check_limit(form.choice_limit, len(options)),
        role_id=form.role_id,
        quorum=check_quorum(form.quorum, followers),
        sessions=sessions,
        talks_each=talks_each,
        opened_by=0,
        channel_id=group.channel_id,
        opened_at=now,
        due_at=due_of(form, group, now),
        options_hash=hash_options(options),
        options=options,
    )


def form_of(ballot: Ballot) -> BallotForm:
    """What asks for a ballot like this one, open for as many days."""
    return BallotForm(
        sessions=ballot.sessions,
        talks_each=ballot.talks_each,
        days=max(1, -(-(ballot.due_at - ballot.opened_at) // timedelta(days=1))),
        rule=ballot.rule,
        mode=ballot.mode,
        is_hidden=ballot.is_hidden,
        is_reviewed=ballot.is_reviewed,
        choice_limit=ballot.choice_limit,
        role_id=ballot.role_id,
        quorum=None if ballot.quorum is None else str(ballot.quorum),
    )

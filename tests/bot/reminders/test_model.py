"""Which reminder somebody gets, and that an outage leaves one of them at most."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.members.model import STANDARD_LEADS, Member
from bot.reminders.model import CHANNEL, calls_for, person_of, person_target, wants_message

STARTS = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)

wishes = st.frozensets(st.sampled_from(STANDARD_LEADS)).map(
    lambda chosen: tuple(sorted(chosen, reverse=True))
)


def before(minutes: int) -> datetime:
    return STARTS - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("leads", "lead_minutes", "minutes_left", "is_called_for"),
    [
        (STANDARD_LEADS, 60, 60, True),
        (STANDARD_LEADS, 60, 11, True),
        (STANDARD_LEADS, 60, 10, False),
        (STANDARD_LEADS, 10_080, 1_440, False),
        ((10_080,), 10_080, 1_440, True),
        ((10_080, 10), 10_080, 30, True),
        ((10,), 60, 60, False),
        ((), 60, 60, False),
    ],
)
def test_only_the_nearest_of_the_reminders_wished_for_is_sent(
    leads: tuple[int, ...], lead_minutes: int, minutes_left: int, is_called_for: bool
) -> None:
    assert calls_for(leads, STARTS, lead_minutes, before(minutes_left)) is is_called_for


@given(wishes, st.integers(0, 20_000))
def test_after_any_outage_exactly_one_overdue_reminder_is_left(
    leads: tuple[int, ...], minutes_left: int
) -> None:
    overdue = [lead for lead in leads if before(lead) <= before(minutes_left)]
    sent = [lead for lead in overdue if calls_for(leads, STARTS, lead, before(minutes_left))]
    assert sent == overdue[-1:]


@pytest.mark.parametrize(
    ("member", "is_written_to"),
    [
        (Member(user_id=1, wants_direct_messages=True), True),
        (Member(user_id=1), False),
        (Member(user_id=1, wants_direct_messages=True, has_closed_messages=True), False),
        (Member(user_id=1, wants_direct_messages=True, lead_minutes=(1_440,)), False),
    ],
)
def test_only_those_who_asked_and_can_be_reached_are_written_to(
    member: Member, is_written_to: bool
) -> None:
    assert wants_message(member, STARTS, 60, before(60)) is is_written_to


@given(st.integers(1, 2**63 - 1))
def test_a_target_names_its_person(user_id: int) -> None:
    assert person_of(person_target(user_id)) == user_id


def test_the_channels_target_is_nobodys() -> None:
    assert person_of(CHANNEL) is None

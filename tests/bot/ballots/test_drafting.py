"""When a ballot closes, as a lead writes it: nobody is asked what would then be refused."""

from datetime import UTC, datetime

import pytest
from scenery import GROUP

from bot.ballots.drafting import due_of
from bot.ballots.model import BallotForm
from bot.errors import Refusal
from bot.members.model import Member, Place
from bot.places.asking import AskBack

NOW = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)
"""Noon in Denver; sixty days later it is 11:00 there, since clocks change between."""


def test_of_two_readings_only_one_at_which_a_ballot_can_close_is_offered() -> None:
    with pytest.raises(AskBack) as question:
        due_of(BallotForm(closes="28 Dec at 8"), GROUP, NOW)
    assert [one.at for one in question.value.choices] == [datetime(2022, 12, 28, 15, tzinfo=UTC)]
    assert question.value.why == (
        "“28 Dec at 8” may be in the morning or in the afternoon. A ballot stays open for at most "
        "60 days from now, which leaves this:"
    )


@pytest.mark.parametrize("closes", ["2023-03-12 02:30", "29 Dec at 8", "14:00 CST on 1 March"])
def test_what_is_too_far_in_every_reading_is_refused_unasked(closes: str) -> None:
    with pytest.raises(Refusal) as refused:
        due_of(BallotForm(closes=closes), GROUP, NOW)
    assert not isinstance(refused.value, AskBack)
    assert str(refused.value) == (
        f"“{closes}” is too far ahead: a ballot stays open for at most 60 days from now."
    )


def test_two_ends_are_refused_rather_than_one_of_them_left_out() -> None:
    with pytest.raises(Refusal) as refused:
        due_of(BallotForm(days=7, closes="2022-11-04 20:00"), GROUP, NOW)
    assert str(refused.value) == (
        "A ballot closes after `days` or at `closes`, not both: leave out 7 or “2022-11-04 20:00”."
    )


def test_a_refusal_is_written_as_the_lead_writes() -> None:
    berlin = Place(name="Berlin", zone="Europe/Berlin")
    lead = Member(user_id=11, place=berlin, locale="en-GB")
    with pytest.raises(Refusal, match=r"I read Friday,? 28 October 2022, 14:00 in Denver"):
        due_of(BallotForm(closes="2022-10-28 14:00"), GROUP, NOW, lead)

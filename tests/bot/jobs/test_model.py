"""The rules of trying again, of who goes first, and of knowing one act from another."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.model import LONGEST_PAUSE, Delivery, Lane, lane_of, make_nonce, pause_before
from tests.fakes.clock import START

SUBJECTS = st.tuples(
    st.sampled_from(["remind", "ballot_post", "discuss"]),
    st.integers(0, 2**63 - 1),
    st.integers(0, 20_000),
    st.text("channelperson:0123456789", max_size=30),
    st.integers(1, 1_000),
)


def delivery(*, attempts: int = 1, target: str = "channel", rev: int = 1) -> Delivery:
    return Delivery(
        id=9,
        kind="remind",
        subject_id=7,
        lead_minutes=60,
        target=target,
        rev=rev,
        due_at=START,
        not_before=START,
        attempts=attempts,
        first_attempt_at=START,
    )


def test_nonce_follows_the_published_formula() -> None:
    # b32encode(blake2b(b"kind|object|occurrence|recipient|revision", digest_size=15)), lower case
    assert make_nonce("remind", 7, 60, "channel", 1) == "bzftuyhysazzjxceg5vww4p3"


@given(SUBJECTS)
def test_nonce_fits_discords_limit_of_25_and_is_plain(
    subject: tuple[str, int, int, str, int],
) -> None:
    nonce = make_nonce(*subject)
    assert len(nonce) == 24
    assert set(nonce) <= set("abcdefghijklmnopqrstuvwxyz234567")


@given(SUBJECTS, SUBJECTS)
def test_different_acts_have_different_nonces(
    one: tuple[str, int, int, str, int], other: tuple[str, int, int, str, int]
) -> None:
    assert (make_nonce(*one) == make_nonce(*other)) is (one == other)


def test_nonce_is_the_same_at_every_attempt() -> None:
    first, later = delivery(attempts=1), delivery(attempts=5)
    assert first.nonce == later.nonce == make_nonce("remind", 7, 60, "channel", 1)


def test_nonce_is_another_for_another_recipient_and_after_a_change() -> None:
    nonces = {delivery().nonce, delivery(target="person:3").nonce, delivery(rev=2).nonce}
    assert len(nonces) == 3


@pytest.mark.parametrize(("attempts", "is_repeated"), [(1, False), (2, True), (9, True)])
def test_only_the_first_attempt_is_no_repetition(attempts: int, is_repeated: bool) -> None:
    assert delivery(attempts=attempts).is_repeated is is_repeated


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (11, 300)],
)
def test_pause_doubles_from_a_second_to_five_minutes(attempt: int, seconds: int) -> None:
    assert pause_before(attempt) == timedelta(seconds=seconds)


@given(st.integers(0, 100_000))
def test_pause_has_a_value_after_an_outage_of_any_length(attempt: int) -> None:
    assert timedelta(seconds=1) <= pause_before(attempt) <= LONGEST_PAUSE


@pytest.mark.parametrize(
    ("minutes", "lane"),
    [
        (0, Lane.NOW),
        (10, Lane.NOW),
        (11, Lane.HOUR),
        (60, Lane.HOUR),
        (61, Lane.DAY),
        (1_440, Lane.DAY),
        (1_441, Lane.WEEK),
        (10_080, Lane.WEEK),
    ],
)
def test_nearer_reminders_take_a_faster_lane(minutes: int, lane: Lane) -> None:
    assert lane_of(timedelta(minutes=minutes)) is lane

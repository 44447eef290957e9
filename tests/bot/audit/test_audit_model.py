"""What an act changed is the rows that differ, whole, and backwards it leads back."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from bot.audit.model import Change, Rows, Values, changes_between

VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
ROWS = st.dictionaries(st.tuples(st.sampled_from(["session", "talk"]), st.integers(1, 4)), VALUES)


def led_on(rows: Rows, changes: tuple[Change, ...]) -> Rows:
    return _with(rows, {(one.table, one.row_id): one.after for one in changes})


def led_back(rows: Rows, changes: tuple[Change, ...]) -> Rows:
    return _with(rows, {(one.table, one.row_id): one.before for one in changes})


def _with(rows: Rows, values: Mapping[tuple[str, int], Values | None]) -> Rows:
    return {key: value for key, value in {**rows, **values}.items() if value is not None}


@given(ROWS, ROWS)
def test_changes_lead_from_one_reading_to_the_other_and_back(before: Rows, after: Rows) -> None:
    changes = changes_between(before, after)
    assert led_on(before, changes) == after
    assert led_back(after, changes) == before


@given(ROWS)
def test_nothing_changed_is_no_change(rows: Rows) -> None:
    assert changes_between(rows, rows) == ()


def test_a_row_that_differs_is_kept_whole() -> None:
    before = {("talk", 1): {"position": 0, "title": "A"}, ("talk", 2): {"position": 1}}
    after = {("talk", 1): {"position": 1, "title": "A"}, ("session", 3): {"number": 4}}
    assert changes_between(before, after) == (
        Change(table="session", row_id=3, before=None, after={"number": 4}),
        Change(
            table="talk",
            row_id=1,
            before={"position": 0, "title": "A"},
            after={"position": 1, "title": "A"},
        ),
        Change(table="talk", row_id=2, before={"position": 1}, after=None),
    )

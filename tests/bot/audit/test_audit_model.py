"""What an act changed is the rows that differ, whole, and backwards it leads back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.audit.model import Change, Rows, changes_between, reversed_changes

VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
ROWS = st.dictionaries(st.tuples(st.sampled_from(["session", "talk"]), st.integers(1, 4)), VALUES)


def applied(rows: Rows, changes: tuple[Change, ...]) -> Rows:
    found = dict(rows)
    for one in changes:
        found.pop((one.table, one.row_id), None)
        if one.after is not None:
            found[one.table, one.row_id] = one.after
    return found


@given(ROWS, ROWS)
def test_changes_lead_from_one_reading_to_the_other_and_back(before: Rows, after: Rows) -> None:
    changes = changes_between(before, after)
    assert applied(before, changes) == after
    assert applied(after, reversed_changes(changes)) == before


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

"""An act on a group's calendar as a value: whose it was, and which rows it changed from what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Values = Mapping[str, Any]
"""A row's watched columns as JSON knows them: instants and wall times in ISO 8601."""

Rows = Mapping[tuple[str, int], Values]
"""Watched rows by table and id."""


class ActKind(StrEnum):
    """What a lead did."""

    MOVE = "move"
    SHIFT = "shift"
    SKIP = "skip"
    AWAY = "away"
    CANCEL = "cancel"
    ADD = "add"
    PATTERN = "pattern"
    EVENT = "event"
    EDIT = "edit"
    PITCH = "pitch"
    LEAD = "lead"
    SETUP = "setup"
    BALLOT = "ballot"
    TALK = "talk"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row's watched columns; None on the side where there was no such row."""

    table: str
    row_id: int
    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act, whole: `what` says it in a few words, already escaped.

    `undoes_id` is the act that this one took back; `is_undone` is True once another took it back.
    """

    id: int
    group_id: int
    user_id: int
    kind: ActKind
    what: str
    done_at: datetime
    changes: tuple[Change, ...]
    undoes_id: int | None = None
    is_undone: bool = False

    def ids_in(self, table: str) -> frozenset[int]:
        """The rows of a table that the act changed."""
        return frozenset(one.row_id for one in self.changes if one.table == table)


def changes_between(before: Rows, after: Rows) -> tuple[Change, ...]:
    """The rows that differ, each with all its watched columns, by table and id."""
    return tuple(
        Change(table=key[0], row_id=key[1], before=before.get(key), after=after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    )

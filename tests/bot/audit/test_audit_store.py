"""Acts are kept for a year with the rows they changed, and none is taken back twice."""

from datetime import timedelta

import pytest
from backstage import FIRST, MAYA, START, Backstage
from sqlalchemy.exc import IntegrityError

from bot.audit.model import Act, ActKind, Change, changes_between
from bot.audit.store import (
    acts_after,
    choose_rows,
    decoded,
    get_act,
    last_acts,
    read_rows,
    record_act,
)
from bot.groups.model import Group
from bot.sessions.store import SESSIONS, set_session

WATCHED = ("wall_start", "starts_at", "fold", "state")
FIRST_ONE = choose_rows(SESSIONS, WATCHED, SESSIONS.c.number == 1)


async def record(house: Backstage, group: Group, what: str, **more: object) -> int:
    values: dict[str, object] = {
        "group_id": group.id,
        "user_id": MAYA,
        "kind": ActKind.MOVE,
        "what": what,
        "changes": (),
        "now": house.now,
    }
    async with house.db.begin() as tx:
        return await record_act(tx, **values | more)  # type: ignore[arg-type] - tests' shorthand


@pytest.mark.both_databases
async def test_an_act_is_kept_with_what_it_changed(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        before = await read_rows(tx, SESSIONS, FIRST_ONE)
        await set_session(tx, 1, fold=1)
        after = await read_rows(tx, SESSIONS, FIRST_ONE)
        changes = changes_between(before, after)
    act_id = await record(house, group, "moved #1", changes=changes)
    values = {
        "fold": 0,
        "starts_at": "2022-11-05T20:00:00+00:00",
        "state": "planned",
        "wall_start": "2022-11-05T14:00:00",
    }
    async with house.db.read() as tx:
        assert await get_act(tx, act_id) == Act(
            id=act_id,
            group_id=group.id,
            user_id=MAYA,
            kind=ActKind.MOVE,
            what="moved #1",
            done_at=START,
            changes=(
                Change(table="session", row_id=1, before=values, after={**values, "fold": 1}),
            ),
        )
    assert decoded(SESSIONS, values) == {
        "fold": 0,
        "starts_at": FIRST,
        "state": "planned",
        "wall_start": group.pattern.first_at,
    }


async def test_no_act_is_taken_back_twice(house: Backstage) -> None:
    group, other = await house.found_group(), await house.found_group(name="Other")
    first = await record(house, group, "moved #1")
    await record(house, other, "moved #1")
    second = await record(house, group, "took it back", kind=ActKind.UNDO, undoes_id=first)
    with pytest.raises(IntegrityError):
        await record(house, group, "took it back", kind=ActKind.UNDO, undoes_id=first)
    async with house.db.read() as tx:
        acts = await last_acts(tx, group.id, 10)
        assert [(one.id, one.undoes_id, one.is_undone) for one in acts] == [
            (second, first, False),
            (first, None, True),
        ]
        assert await acts_after(tx, acts[1]) == [acts[0]]


async def test_acts_are_the_groups_own_and_forgotten_after_a_year(house: Backstage) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other")
    old = await record(house, group, "long ago")
    theirs = await record(house, other, "theirs")
    house.now += timedelta(days=367)
    new = await record(house, group, "new")
    async with house.db.read() as tx:
        assert await get_act(tx, old) is None
        assert [one.id for one in await last_acts(tx, group.id, 10)] == [new]
        assert [one.id for one in await last_acts(tx, other.id, 10)] == [theirs]

"""What a preview of another rhythm says is what the calendar is once it is done."""

from dataclasses import replace
from datetime import datetime

from backstage import MAYA, Backstage, actor
from bent import programme, sessions_of

from bot.cards import Card
from bot.groups.model import Group
from bot.groups.revising import Revision, read_typed, revise
from bot.groups.store import group_of
from bot.sessions.model import SessionState
from bot.sessions.preview import Meeting, Row
from bot.sessions.refitting import read_refit
from bot.sessions.rhythm_rows import Prospect, rhythm_rows
from bot.sessions.store import known_occurrences

EDITS = [
    (Revision.RHYTHM, {"rhythm": "every week on Saturday 14:00", "since": "2022-11-12"}),
    (Revision.HOLIDAYS, {"days": "2022-11-19, 2022-12-03"}),
    (Revision.HOLIDAYS, {"days": "2022-11-19"}),
    (Revision.RHYTHM, {"rhythm": "Tue 9h00 and Thu 16:00", "since": "2022-11-14", "minutes": "90"}),
    (Revision.RHYTHM, {"rhythm": "every 2 weeks on Sunday 6:00", "city": "Tokyo"}),
    (Revision.PAUSE, {"until": "2023-03-06"}),
    (Revision.RESUME, {}),
]
Held = tuple[datetime, str, int, list[str]]
"""When a session is, on which clock, for how many minutes, and its talks."""


async def look_ahead(
    house: Backstage, group: Group, what: Revision, typed: dict[str, str]
) -> list[Row]:
    habit = group.habit_at(house.now)
    read = read_typed(typed, what, group.pattern, house.now, habit)
    after = replace(group, pattern=revise(group.pattern, what, read, house.now, habit))
    async with house.db.read() as tx:
        seats, refit = await read_refit(tx, after, group.pattern, house.now)
        taken = (await known_occurrences(tx, group.id)).dates
    prospect = Prospect(before=group, after=after, seats=tuple(seats), refit=refit, taken=taken)
    return rhythm_rows(prospect, house.now)


def _said(meeting: Meeting) -> Held:
    talks = [talk.title for talk in meeting.talks]
    return (meeting.starts_at, meeting.home.zone, meeting.minutes, talks)


async def held(house: Backstage, group: Group) -> dict[int, Held]:
    return {
        one.number: (one.starts_at, one.zone, one.minutes, [talk.title for talk in one.talks])
        for one in await sessions_of(house, group)
        if one.state is SessionState.PLANNED
    }


async def test_each_row_is_what_the_session_was_and_will_be(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B", "C"], [], ["D"]])
    await house.move(3, "2022-12-04 10:00")
    await house.cancel(5)
    kinds = set()
    for what, typed in EDITS:
        async with house.db.read() as tx:
            group = await group_of(tx, group.id)
        before = await held(house, group)
        rows = await look_ahead(house, group, what, typed)
        card = await house.rooms.rhythms.propose(actor(), None, what, typed)
        await confirm(house, card)
        after = await held(house, group)
        assert {
            row.number: _said(row.before) for row in rows if row.number and row.before
        } == before
        shown = {row.number: _said(row.after) for row in rows if row.number and row.after}
        coming = sorted(_said(row.after) for row in rows if not row.number and row.after)
        new = sorted(one for number, one in after.items() if number not in shown)
        assert shown == {number: one for number, one in after.items() if one not in new}
        assert coming[: len(new)] == new
        assert {one[0] for one in coming}.isdisjoint(one[0] for one in shown.values())
        kinds |= {(row.before is None, row.after is None, row.is_changed) for row in rows}
    # Every kind of row has come up: left out, new or back, at another time, as it was.
    assert kinds == {
        (False, True, True), (True, False, True), (False, False, True), (False, False, False),
    }  # fmt: skip


async def confirm(house: Backstage, card: Card) -> None:
    await house.rooms.rhythms.carry_out(
        actor(MAYA), int(str(card.buttons[0].action).rpartition(":")[2])
    )

"""What has an Undo is taken back, what has none is refused, whatever leads did before."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from backstage import BEN, CLARA, MAYA, Backstage, actor
from bent import programme, skip

from bot.audit.store import last_acts
from bot.errors import Refusal
from bot.groups.model import BallotRule, Group, GroupChange
from bot.groups.revising import Revision
from bot.groups.store import group_of
from bot.rescheduling.standing import read_standing
from bot.rescheduling.undo import take_back
from bot.sessions.store import sessions_ahead

ACTS = 14


class Tried(Exception):
    """The act was taken back, and nothing of that is to stay."""


async def revise(house: Backstage, what: Revision, **typed: str) -> None:
    shown = await house.rooms.rhythms.propose(actor(), None, what, typed)
    number = int((shown.buttons[0].action or "").rpartition(":")[2])
    await house.rooms.rhythms.carry_out(actor(), number)


async def edit(house: Backstage, **change: object) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(**change))


async def lead(house: Backstage, user_id: int, *, is_lead: bool) -> None:
    await house.rooms.groups.appoint_lead(actor(), None, user_id, is_lead=is_lead)


async def take_off(house: Backstage, pitch_id: int) -> None:
    await house.rooms.pitches.remove(actor(), pitch_id)


async def add(house: Backstage, when: str) -> None:
    card = await house.rooms.rescheduling.propose_add(actor(), None, when, None)
    await house.press(card, "Add the session")


Do = Callable[[Backstage, random.Random], Awaitable[object]]
WAYS: tuple[Do, ...] = (
    lambda house, luck: house.move(luck.randint(1, 4), f"2022-11-{luck.randint(6, 30)} 10:30"),
    lambda house, luck: house.move(
        luck.randint(1, 4), f"2022-11-{luck.randint(6, 30)} 14:00", "Shift this and the rest"
    ),
    lambda house, luck: house.cancel(luck.randint(1, 6)),
    lambda house, luck: skip(house, luck.randint(1, 4), "No meeting", "No meeting"),
    lambda house, luck: add(house, f"2022-11-{luck.randint(6, 30)} 10:00"),
    lambda house, luck: edit(house, name=luck.choice(["Theory", "Machines"])),
    lambda house, luck: edit(house, meeting_place=luck.choice(["Lab", "Attic"])),
    lambda house, luck: edit(house, rule=luck.choice([*BallotRule])),
    lambda house, luck: lead(house, luck.choice([BEN, CLARA]), is_lead=luck.random() < 0.6),
    lambda house, luck: take_off(house, luck.randint(5, 7)),
    lambda house, luck: revise(
        house,
        Revision.RHYTHM,
        rhythm=f"every week on {luck.choice(['Sunday', 'Monday'])} 10:00",
        since="2022-11-12",
        minutes="90",
    ),
    lambda house, luck: revise(house, Revision.HOLIDAYS, days=f"2022-11-{luck.choice([19, 20])}"),
    lambda house, luck: house.undo(luck.randint(1, 4)),
)


@pytest.mark.parametrize("seed", [1, 3])
async def test_an_undo_is_offered_where_it_is_done_and_nowhere_else(
    house: Backstage, seed: int
) -> None:
    group = await house.found_group()
    await house.found_group(name="Machines", channel_id=955, forum_id=None)
    await programme(house, group, [["A", "B"], ["C"], [], ["D"]])
    await house.pitch(group, "X", "Y", "Z")
    luck = random.Random(seed)
    for _ in range(ACTS * 2):
        # What the calendar does not allow by now is not done.
        with suppress(Refusal, ValueError):
            await luck.choice(WAYS)(house, luck)
    async with house.db.read() as tx:
        acts = await last_acts(tx, group.id, 2 * ACTS)
    found = {act.id: await is_done(house, group, act.id) for act in acts}
    async with house.db.read() as tx:
        standing = await read_standing(tx, await group_of(tx, group.id), acts, house.now)
    assert {act.id: standing.allows_undo(act) for act in acts} == found
    assert {*found.values()} == {True, False}


async def is_done(house: Backstage, group: Group, act_id: int) -> bool:
    """Whether the act can be taken back; what would be then is as it was foreseen."""
    try:
        async with house.db.begin() as tx:
            now = await group_of(tx, group.id)
            [act] = [one for one in await last_acts(tx, group.id, 2 * ACTS) if one.id == act_id]
            standing = await read_standing(tx, now, [act], house.now)
            await take_back(tx, now, act, MAYA, house.now)
            assert (await group_of(tx, group.id)).pattern == standing.pattern_before(act)
            ahead = await sessions_ahead(tx, group.id, house.now, 100)
            foreseen = standing.calendar_before(act)
            assert {(one.id, one.starts_at, one.minutes) for one in foreseen} == {
                (one.id, one.starts_at, one.minutes) for one in ahead
            }
            assert all(one.ends_at <= other.starts_at for one, other in pairwise(foreseen))
            raise Tried
    except Tried:
        return True
    except Refusal:
        return False

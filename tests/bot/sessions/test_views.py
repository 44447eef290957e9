"""Whose clocks a session's cards spell out, and what is read of many sessions at once."""

from datetime import timedelta

from backstage import BEN, CLARA, DEVI, FIRST, KENJI, MAYA, SECOND, Backstage

from bot.groups.store import group_of, groups_of
from bot.members.model import Place
from bot.places.zones import zone_names
from bot.sessions.answers import answers_among, save_answer
from bot.sessions.model import Answer, SessionView
from bot.sessions.store import calendar_of, sessions_ahead
from bot.sessions.views import MOST_CLOCKS, bare_views_of, view_of, views_of


async def next_view(house: Backstage) -> SessionView:
    async with house.db.read() as tx:
        [session] = await sessions_ahead(tx, 1, house.now, 1)
        return await view_of(tx, await group_of(tx, 1), session)


async def test_clocks_are_those_of_followers_and_of_those_going(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN, CLARA, DEVI)
    for user_id, city, zone in [
        (MAYA, "Boulder", "America/Denver"),
        (BEN, "Boston", "America/New_York"),
        (CLARA, "Berlin", "Europe/Berlin"),
        (DEVI, "Potsdam", "Europe/Berlin"),
        (KENJI, "Tokyo", "Asia/Tokyo"),
        (99, "Oslo", "Europe/Oslo"),
    ]:
        await house.know(user_id, Place(name=city, zone=zone))
    view = await next_view(house)
    async with house.db.begin() as tx:
        await save_answer(tx, view.session.id, KENJI, Answer.GOING, house.now)
        await save_answer(tx, view.session.id, MAYA, Answer.GOING, house.now)
        await save_answer(tx, view.session.id, 99, Answer.NOT_GOING, house.now)
    after = await next_view(house)
    berlin, boston = ("Berlin", "Europe/Berlin"), ("Boston", "America/New_York")
    assert (view.clocks, after.clocks) == (
        (berlin, boston),
        (berlin, boston, ("Tokyo", "Asia/Tokyo")),
    )


async def test_only_the_commonest_clocks_fit_a_card(house: Backstage) -> None:
    group = await house.found_group()
    zones = sorted(zone_names() - {"America/Denver"})[: MOST_CLOCKS + 2]
    for number, zone in enumerate([*zones, zones[-1]]):
        await house.follow(group, 100 + number)
        await house.know(100 + number, Place(name="Home", zone=zone))
    view = await next_view(house)
    assert [zone for _, zone in view.clocks] == [zones[-1], *zones[: MOST_CLOCKS - 1]]
    assert [zone for _, zone in view.homes] == [zones[-1], *zones[:-1]]


async def test_views_of_many_sessions_are_those_of_each(house: Backstage) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other", channel_id=2_000)
    await house.follow(group, BEN)
    await house.follow(other, CLARA, DEVI)
    for user_id, city, zone in [
        (BEN, "Boston", "America/New_York"),
        (CLARA, "Berlin", "Europe/Berlin"),
        (DEVI, "Kolkata", "Asia/Kolkata"),
    ]:
        await house.know(user_id, Place(name=city, zone=zone))
    async with house.db.begin() as tx:
        sessions = await sessions_ahead(tx, group.id, house.now, 9)
        sessions += await sessions_ahead(tx, other.id, house.now, 9)
        await save_answer(tx, sessions[0].id, DEVI, Answer.GOING, house.now)
        await save_answer(tx, sessions[1].id, CLARA, Answer.RECORDING, house.now)
        await save_answer(tx, sessions[-1].id, BEN, Answer.NOT_GOING, house.now)
    async with house.db.read() as tx:
        groups = await groups_of(tx, [group.id, other.id])
        alone = {one.id: await view_of(tx, groups[one.group_id], one) for one in sessions}
        assert await views_of(tx, groups.values(), sessions) == alone
        assert await views_of(tx, groups.values(), []) == {}
    assert len({(view.clocks, *view.answers.values()) for view in alone.values()}) == 5


async def test_bare_views_know_nobody_but_when_the_group_meets(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    await house.know(BEN, Place(name="Boston", zone="America/New_York"))
    await house.cancel(2, "")
    async with house.db.read() as tx:
        sessions = await calendar_of(tx, group.id, house.now)
        views = await bare_views_of(tx, [group], sessions)
    starts = [[one.starts_at for one in view.meetings] for view in views.values()]
    fortnights = [at for at in starts[0] if FIRST - timedelta(days=20) < at < sessions[4].starts_at]
    # Before its first session the group meets as it would have, and the cancelled one is left out.
    assert fortnights == [
        FIRST - timedelta(weeks=2), FIRST, sessions[2].starts_at, sessions[3].starts_at,
    ]  # fmt: skip
    # Beyond the last session in the calendar the pattern goes on.
    assert max(starts[0]) > sessions[-1].starts_at + timedelta(days=60)
    assert {(view.clocks, tuple(view.answers)) for view in views.values()} == {((), ())}
    assert sessions[1].starts_at == SECOND


async def test_answers_are_read_of_just_the_sessions_and_people_asked_for(
    house: Backstage,
) -> None:
    await house.found_group()
    async with house.db.begin() as tx:
        await save_answer(tx, 1, BEN, Answer.GOING, house.now)
        await save_answer(tx, 1, CLARA, Answer.NOT_GOING, house.now)
        await save_answer(tx, 2, BEN, Answer.RECORDING, house.now)
        await save_answer(tx, 3, BEN, Answer.GOING, house.now)
        assert await answers_among(tx, [1, 2], [BEN, DEVI]) == {
            (1, BEN): Answer.GOING,
            (2, BEN): Answer.RECORDING,
        }
        assert await answers_among(tx, [], []) == {}

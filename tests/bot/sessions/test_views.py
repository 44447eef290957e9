"""Whose clocks a session's cards spell out."""

from backstage import BEN, CLARA, DEVI, KENJI, MAYA, Backstage

from bot.members.model import Place
from bot.places.zones import zone_names
from bot.sessions.answers import save_answer
from bot.sessions.model import Answer, SessionView
from bot.sessions.store import sessions_ahead
from bot.sessions.views import MOST_CLOCKS, view_of


async def next_view(house: Backstage) -> SessionView:
    async with house.db.read() as tx:
        [session] = await sessions_ahead(tx, 1, house.now, 1)
        return await view_of(tx, session)


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
    assert [zone for _, zone in (await next_view(house)).clocks] == [
        zones[-1],
        *zones[: MOST_CLOCKS - 1],
    ]

"""Nobody is written to in their quiet hours, whatever happens around them."""

from datetime import timedelta

from backstage import BEN, FIRST, Backstage, lose_the_answer
from sqlalchemy import select

from bot.jobs.store import DELIVERIES
from bot.members.model import Place, QuietHours

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KOLKATA = Place(name="Kolkata", zone="Asia/Kolkata")
NIGHT = QuietHours(from_hour=22, until_hour=7)

EVENING = FIRST - 3.5 * HOUR
"""22:00 in Kolkata, before the session there at 01:30."""


async def sleeper(
    house: Backstage, *leads: int, place: Place = KOLKATA, quiet: QuietHours | None = NIGHT
) -> None:
    """A group that Ben follows, who is reminded at these times and sleeps at night."""
    group = await house.found_group()
    await house.follow(group, BEN)
    await change(house, *leads, place=place, quiet=quiet)


async def change(
    house: Backstage, *leads: int, place: Place = KOLKATA, quiet: QuietHours | None = NIGHT
) -> None:
    await house.know(BEN, place, wants_direct_messages=True, lead_minutes=leads, quiet=quiet)


async def told(house: Backstage) -> list[timedelta]:
    """How long before the first session Ben was written to, each time."""
    place_id = house.messenger.direct.get(BEN)
    messages = house.messenger.places[place_id].messages.values() if place_id else ()
    return [FIRST - one.sent_at for one in messages]


async def ends(house: Backstage) -> set[tuple[str, str | None]]:
    """How Ben's deliveries ended, and why."""
    async with house.db.read() as tx:
        rows = await tx.execute(
            select(DELIVERIES.c.state, DELIVERIES.c.note).where(
                DELIVERIES.c.target == f"person:{BEN}"
            )
        )
        return {(str(state), note) for state, note in rows}


async def test_the_night_of_a_session_is_quiet_and_one_reminder_comes_before_it(
    house: Backstage,
) -> None:
    await sleeper(house, 1_440, 60, 10)
    await house.advance_to(FIRST + HOUR)
    # The day before that is 01:30 as well: after that night.
    assert await told(house) == [18.5 * HOUR, FIRST - EVENING]
    texts = [card.body[0] for card in house.messenger.told(BEN)]
    assert texts[1] == "**Sunday, 6 November, 1:30 am in Kolkata, in 3 hours and 30 minutes**"


async def test_a_day_that_ends_quiet_hours_brings_each_reminder_in_time(house: Backstage) -> None:
    await sleeper(house, 60, 10, place=Place(name="Denver", zone="America/Denver"))
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == [HOUR, 10 * MINUTE]


async def test_quiet_hours_chosen_after_planning_hold_the_message_back(house: Backstage) -> None:
    await sleeper(house, 1_440, quiet=None)
    await house.advance_to(FIRST - 24 * HOUR - MINUTE)
    await change(house, 1_440)
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == [18.5 * HOUR]


async def test_quiet_hours_given_up_after_planning_let_it_come_when_it_is_due(
    house: Backstage,
) -> None:
    await sleeper(house, 60)
    await house.advance_to(EVENING - HOUR)
    await change(house, 60, quiet=None)
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == [HOUR]


async def test_waking_in_somebodys_night_leaves_them_asleep(house: Backstage) -> None:
    await sleeper(house, 60, 10)
    await house.sleep_until(FIRST - 2 * HOUR)
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == []
    assert await ends(house) == {("skipped", "their quiet hours last beyond the start")}
    assert house.messenger.titles("🔔 ML Theory #1")[1:] == [
        "🔔 ML Theory #1 in 1 hour",
        "🔔 ML Theory #1 in 10 minutes",
    ]


async def test_waking_at_the_edge_of_a_night_still_writes(house: Backstage) -> None:
    await sleeper(house, 60, 10)
    await house.sleep_until(EVENING + 50 * MINUTE)
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == [FIRST - EVENING - 50 * MINUTE]


async def test_a_message_that_failed_into_the_night_waits_for_the_morning(
    house: Backstage,
) -> None:
    await sleeper(house, 1_440, place=Place(name="Berlin", zone="Europe/Berlin"))
    await house.advance_to(FIRST - 24 * HOUR - MINUTE)
    house.messenger.meanwhile["before say"] = lose_the_answer
    # From 21:00 in Berlin until after 22:00.
    await house.advance_to(FIRST - 23 * HOUR + MINUTE)
    house.messenger.meanwhile.clear()
    await house.advance_to(FIRST)
    assert await told(house) == [14 * HOUR]


async def test_a_session_that_moves_before_the_night_is_told_before_it_once(
    house: Backstage,
) -> None:
    await sleeper(house, 60, 10)
    await house.advance_to(EVENING - HOUR)
    await house.move(1, "2022-11-05 16:00")
    await house.advance_to(FIRST + 3 * HOUR)
    assert await told(house) == [FIRST - EVENING]
    assert await ends(house) == {("superseded", None), ("sent", None)}


async def test_a_session_that_moves_in_the_night_wakes_nobody(house: Backstage) -> None:
    await sleeper(house, 60, 10)
    await house.advance_to(EVENING + 2 * HOUR)
    await house.move(1, "2022-11-05 16:00")
    await house.advance_to(FIRST + 3 * HOUR)
    assert await told(house) == [FIRST - EVENING]
    assert await ends(house) == {
        ("sent", None),
        ("skipped", "their quiet hours last beyond the start"),
    }


async def test_who_lost_their_zone_is_reminded_by_the_groups_clock_and_told_how_to_mend_it(
    house: Backstage,
) -> None:
    gone = Place(name="Atlantis", zone="Atlantic/Atlantis")
    # On UTC's clock such a night would last beyond the start: nobody knows on which it is.
    await sleeper(house, 60, place=gone, quiet=QuietHours(from_hour=12, until_hour=23))
    await house.advance_to(FIRST + HOUR)
    assert await told(house) == [HOUR]
    [card] = house.messenger.told(BEN)
    assert card.body[0].endswith("in Denver, in 1 hour**")
    assert "“Atlantic/Atlantis” is not in the zone data any more" in (card.small or "")
    assert house.messenger.titles("🔔 ML Theory #1")[-1] == "🔔 ML Theory #1 in 10 minutes"

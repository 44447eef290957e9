"""When a group's people are awake: drawn for five of them or more, and for nobody otherwise."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from backstage import BEN, CLARA, DEVI, KENJI, MAYA, PATTERN, SERVER, START, Backstage, actor

from bot.cards import Card
from bot.groups.model import Group, GroupState, Pattern, SetupForm
from bot.groups.sleep_map import sleep_map
from bot.members.model import Place
from bot.pictures.model import SleepMap, alt_text

GROUP = Group(
    id=1,
    server_id=SERVER,
    name="ML Theory",
    state=GroupState.ACTIVE,
    creator_id=MAYA,
    pattern=PATTERN,
    channel_id=901,
)
PEOPLE = (MAYA, BEN, CLARA, DEVI, KENJI)
DENVER = Place(name="Denver", zone="America/Denver")
FORM = SetupForm(name="Physics", city="Berlin", first_session="2022-11-08 20:00")
MANAGER = replace(actor(MAYA), manages_server=True)


async def draw(_drawing: object) -> bytes:
    return b"png"


async def followed(house: Backstage, known: int) -> Group:
    """A group that five people follow, of whom so many have said where they live."""
    group = await house.found_group()
    await house.follow(group, *PEOPLE)
    for user_id in PEOPLE[:known]:
        await house.know(user_id, DENVER)
    house.draw = draw
    return group


def pictures(card: Card) -> list[str]:
    return [picture.alt for picture in card.pictures]


def test_map_has_the_hours_in_which_the_group_meets() -> None:
    drawing = sleep_map(GROUP, {"America/Denver": 5}, START)
    assert drawing is not None
    assert drawing.slots == {5 * 24 + 14}
    assert drawing.days == ((0.0,) * 7 + (1.0,) * 16 + (0.0,),) * 7


def test_meeting_that_begins_at_half_past_takes_both_hours() -> None:
    half_past = PATTERN.first_at.replace(minute=30)
    pattern = Pattern(zone=PATTERN.zone, first_at=half_past, every_weeks=2, minutes=60)
    drawing = sleep_map(replace(GROUP, pattern=pattern), {"America/Denver": 5}, START)
    assert drawing is not None
    assert drawing.slots == {5 * 24 + 14, 5 * 24 + 15}


@pytest.mark.parametrize("people", [{}, {"Asia/Tokyo": 4}, {"Asia/Tokyo": 2, "Asia/Kolkata": 2}])
def test_four_people_are_too_few(people: dict[str, int]) -> None:
    assert sleep_map(GROUP, people, START) is None


def test_map_in_words_says_when_who_is_awake() -> None:
    drawing = sleep_map(GROUP, {"America/Denver": 4, "Asia/Tokyo": 1}, START + timedelta(days=10))
    assert drawing is not None
    assert alt_text(drawing) == (
        "Who is awake, by the clock of Denver. 5 people counted, week of November 14; night is "
        "23:00 to 07:00. The group meets: Saturday 14:00, 80 % "
        "awake. Awake on every day: 00:00 to 07:00 20 %, 07:00 to 15:00 80 %, 15:00 to 23:00 "
        "100 %, 23:00 to 24:00 20 %."
    )


def test_the_week_of_the_next_meeting_is_drawn_with_its_own_clocks() -> None:
    """Denver's clocks go back on the Sunday of the first meeting's week, Tokyo's never do."""
    drawing = sleep_map(GROUP, {"America/Denver": 4, "Asia/Tokyo": 1}, START)
    assert drawing is not None
    assert [day.index(1.0) for day in drawing.days] == [7, 7, 7, 7, 7, 7, 15]


def test_a_group_that_moves_is_drawn_by_the_clock_of_its_next_meeting() -> None:
    """14:00 in Denver is 22:00 in Berlin; two weeks later, in Berlin, it is 14:00 there."""
    in_berlin = replace(
        PATTERN.newest,
        zone="Europe/Berlin",
        city="Potsdam",
        since_at=datetime(2022, 11, 19),  # noqa: DTZ001 - a wall time
    )
    group = replace(GROUP, pattern=PATTERN.revised(in_berlin))
    before, after = (
        sleep_map(group, {"America/Denver": 5}, START + timedelta(days=days)) for days in (0, 10)
    )
    assert before is not None
    assert after is not None
    assert (before.title, after.title) == (
        "Who is awake, by the clock of Denver",
        "Who is awake, by the clock of Potsdam",
    )
    # Seen from Denver, those of Berlin are at six in the morning.
    assert before.slots == {5 * 24 + 14, 5 * 24 + 6}
    assert after.slots == {5 * 24 + 14}


def test_words_of_a_map_of_unequal_days_leave_the_days_out() -> None:
    shares = (1.0,) * 24 + (0.0,) * 144
    drawing = SleepMap(title="T", note="N.", shares=shares, slots=frozenset())
    assert alt_text(drawing) == "T. N. "


@pytest.mark.parametrize(("known", "count"), [(4, 0), (5, 1)])
async def test_about_shows_the_map_from_five_known_zones_on(
    house: Backstage, known: int, count: int
) -> None:
    await followed(house, known)
    card = await house.rooms.about.about(actor(BEN), None)
    assert len(pictures(card)) == count


@pytest.mark.parametrize(("known", "count"), [(4, 0), (5, 1)])
async def test_setup_counts_who_follows_the_servers_other_groups(
    house: Backstage, known: int, count: int
) -> None:
    await followed(house, known)
    card = await house.rooms.setup.start(MANAGER, FORM)
    assert len(pictures(card)) == count
    assert all("by the clock of Berlin. 5 people" in alt for alt in pictures(card))


async def test_somebody_who_follows_two_groups_is_one_person(house: Backstage) -> None:
    await followed(house, 4)
    other = await house.found_group(name="Physics")
    await house.follow(other, *PEOPLE)
    form = SetupForm(name="Third", city="Berlin", first_session="2022-11-08 20:00")
    assert pictures(await house.rooms.setup.start(MANAGER, form)) == []


async def test_map_that_can_not_be_drawn_leaves_the_card_in_words(house: Backstage) -> None:
    await followed(house, 5)

    async def fail(_drawing: object) -> None:
        return None

    house.draw = fail
    card = await house.rooms.about.about(actor(BEN), None)
    assert (card.title, card.pictures) == ("📚 ML Theory", ())

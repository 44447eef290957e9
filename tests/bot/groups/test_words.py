"""How a group's own cards read."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from backstage import CHANNEL, FORUM, MAYA, PATTERN, SERVER

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.groups.model import Group, GroupState, Pattern
from bot.groups.pattern import Break
from bot.groups.rhythm import LAST
from bot.groups.setup_words import setup_card, spoken_dates, with_neighbours
from bot.groups.spoken import spoken_pattern, spoken_rhythms
from bot.groups.words import alert_card, published_card, welcome_card

NOW = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)
DRAFT = Group(
    id=7,
    server_id=SERVER,
    name="ML *Theory*",
    about="# We read\n[theory](https://evil.example)",
    state=GroupState.DRAFT,
    creator_id=MAYA,
    pattern=PATTERN,
    channel_id=CHANNEL,
    forum_id=FORUM,
    meeting_place="Stage_1",
)


def meeting(zone: str, first: str, every_weeks: int = 1, city: str = "Denver") -> Group:
    pattern = Pattern(
        zone=zone,
        city=city,
        first_at=datetime.fromisoformat(first),
        every_weeks=every_weeks,
        minutes=90,
    )
    return replace(DRAFT, pattern=pattern)


SATURDAYS = "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes"
TUESDAYS = "Every 2 weeks on Tuesday at 2:00 PM in Denver, for 60 minutes"
SUNDAYS = "Every 2 weeks on Sunday at 2:00 PM in Denver, for 60 minutes"


@pytest.mark.parametrize(
    ("on", "breaks", "spoken"),
    [
        # No Tuesday lies between the two days on which the rhythm changes.
        ("2022-10-29", (), [SATURDAYS, f"{SUNDAYS}, from December 3, 2022 on"]),
        ("2022-12-10", (), [SUNDAYS]),
        (
            "2022-10-29",
            (Break(first=date(2022, 10, 29)),),
            [
                SATURDAYS,
                f"{TUESDAYS}, from December 1, 2022 on",
                f"{SUNDAYS}, from December 3, 2022 on",
            ],
        ),
    ],
)
def test_rhythms_are_spoken_of_that_a_group_lives_by_or_will(
    on: str, breaks: tuple[Break, ...], spoken: list[str]
) -> None:
    pattern = PATTERN.with_days_off(breaks, ())
    for since, first in (("2022-12-01", "2022-12-06T14:00"), ("2022-12-03", "2022-12-04T14:00")):
        first_at, since_at = datetime.fromisoformat(first), datetime.fromisoformat(since)
        pattern = pattern.revised(replace(PATTERN.newest, first_at=first_at, since_at=since_at))
    group = replace(DRAFT, pattern=pattern)
    now = datetime.fromisoformat(f"{on}T18:00+00:00")
    said = spoken_rhythms(group, now, group.habit_in(group.pattern.home))
    assert said.split(".\n🗓️ ") == spoken


@pytest.mark.parametrize(
    ("group", "spoken"),
    [
        (DRAFT, "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes"),
        (
            meeting("Europe/Berlin", "2022-11-08T20:00", city="Berlin"),
            "Every week on Tuesday at 20:00 in Berlin, for 90 minutes",
        ),
        (
            meeting("America/Denver", "2023-03-12T02:30", city="Denver"),
            "Every week on Sunday at 2:30 AM in Denver, for 90 minutes",
        ),
    ],
)
def test_the_pattern_is_spoken_as_it_was_typed(group: Group, spoken: str) -> None:
    assert spoken_pattern(group) == spoken


def test_the_next_dates_mark_where_clocks_change() -> None:
    assert spoken_dates(DRAFT, NOW) == [
        "- Saturday, November 5, 2:00 PM (UTC−06:00)",
        "- Saturday, November 19, 2:00 PM (UTC−07:00, ⏰ clocks change before this one)",
        "- Saturday, December 3, 2:00 PM (UTC−07:00)",
        "- Saturday, December 17, 2:00 PM (UTC−07:00)",
        "- Saturday, December 31, 2:00 PM (UTC−07:00)",
        "- Saturday, January 14, 2:00 PM (UTC−07:00)",
    ]


def test_the_next_dates_mark_hours_that_do_not_exist_or_come_twice() -> None:
    spring = meeting("Europe/Berlin", "2023-03-26T02:30", every_weeks=4, city="Berlin")
    autumn = meeting("America/Denver", "2023-11-05T01:30", every_weeks=4)
    assert spoken_dates(spring, NOW)[:2] == [
        "- Sunday 26 March, 03:30 (UTC+02:00, 02:30 does not exist that day, so an hour later)",
        "- Sunday 23 April, 02:30 (UTC+02:00)",
    ]
    assert spoken_dates(autumn, NOW)[:2] == [
        "- Sunday, November 5, 1:30 AM (UTC−06:00, 1:30 AM comes twice that day: the first)",
        "- Sunday, December 3, 1:30 AM (UTC−07:00, ⏰ clocks change before this one)",
    ]


def test_the_setup_card_says_all_and_hides_nothing_behind_a_name() -> None:
    card = setup_card(DRAFT, NOW, [])
    assert (card.title, card.tone) == ("New group: ML \\*Theory\\*", Tone.PLAIN)
    assert card.body == (
        "\\# We read\n\\[theory\\](https://evil.example)",
        "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes, 2 talks each.",
        "**The next six dates**\n" + "\n".join(spoken_dates(DRAFT, NOW)),
        f"**Home** <#{CHANNEL}>\n**Discussions** <#{FORUM}>\n**Meets at** Stage\\_1\n"
        "**Time zone** America/Denver",
    )
    assert card.small == "Only you see this. Nothing is public before you press Publish."
    assert [(button.label, button.action) for button in card.buttons] == [
        ("Publish", "setup:publish:7"),
        ("Edit", "setup:edit:7"),
        ("Rhythm", "setup:rhythm:7"),
        ("Check again", "setup:check:7"),
        ("Discard", "setup:discard:7"),
    ]


def test_the_setup_lists_offer_what_is_chosen_in_words() -> None:
    card = setup_card(DRAFT, NOW, [])
    assert [(pick.action, pick.prompt) for pick in card.picks] == [
        ("setup:weeks:7:2", "How often"),
        ("setup:minutes:7:60", "How long"),
        ("setup:talks:7:2", "How many talks"),
        ("setup:channel:7", "Home channel"),
        ("setup:forum:7", "Forum for discussions (optional)"),
    ]
    offered = [[option.label for option in pick.options] for pick in card.picks]
    assert offered == [
        ["Every week", "Every 2 weeks", "Every 3 weeks", "Every 4 weeks"],
        [f"{n} minutes a session" for n in (30, 45, 60, 75, 90, 105, 120)],
        ["1 talk a session", "2 talks a session", "3 talks a session", "4 talks a session"],
        [],
        [],
    ]
    chosen = [[option.label for option in pick.options if option.is_chosen] for pick in card.picks]
    assert chosen == [["Every 2 weeks"], ["60 minutes a session"], ["2 talks a session"], [], []]
    assert [pick.chosen_id for pick in card.picks] == [None, None, None, CHANNEL, FORUM]


def test_a_draft_by_the_month_says_so_in_its_list_too() -> None:
    monthly = replace(PATTERN, nth=(LAST,), every_weeks=1)
    often = setup_card(replace(DRAFT, pattern=monthly), NOW, []).picks[0].options
    assert [(one.label, one.value, one.is_chosen) for one in often][:2] == [
        ("Every month on the last Saturday", "0", True),
        ("Every week", "1", False),
    ]


def test_the_setup_card_names_what_is_missing_and_where_talks_go_without_a_forum() -> None:
    card = setup_card(
        replace(DRAFT, about="", forum_id=None, meeting_place="", talks_per_session=1),
        NOW,
        ["Send Messages in <#1>", "Create Events in <#1>"],
    )
    assert (card.tone, card.body[0]) == (
        Tone.WARNING,
        "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes, 1 talk each.",
    )
    assert card.body[2:] == (
        f"**Home** <#{CHANNEL}>\n**Discussions** a thread in <#{CHANNEL}> for each talk\n"
        "**Meets at** not said: events will show “ML \\*Theory\\* on Discord”\n"
        "**Time zone** America/Denver",
        "⚠️ **I still need these permissions**\n- Send Messages in <#1>\n- Create Events in <#1>",
    )


def test_a_lead_hears_which_groups_share_the_home_channel() -> None:
    card = setup_card(DRAFT, NOW, [])
    others = [
        replace(DRAFT, id=8, name="Quantum_1"),
        replace(DRAFT, id=9, name="Biology", channel_id=FORUM),
    ]
    assert with_neighbours(card, DRAFT, [DRAFT, others[1]]) == card
    assert with_neighbours(card, DRAFT, [DRAFT, *others]).body[-1] == (
        f"👥 **Quantum\\_1** is at home in <#{CHANNEL}>, too: commands there have to name the "
        "group that they mean. A channel of its own saves that."
    )


def test_a_draft_that_is_public_shows_no_way_to_publish_it() -> None:
    group = replace(DRAFT, state=GroupState.ACTIVE)
    assert setup_card(group, NOW, []) == published_card(group)
    assert published_card(group).buttons == ()


def test_the_welcome_shows_members_words_as_they_are() -> None:
    assert welcome_card(DRAFT) == Card(
        title="📚 ML \\*Theory\\*",
        body=(
            "\\# We read\n\\[theory\\](https://evil.example)",
            "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes, from November 5, 2022 "
            "on. `/next` says when it is for you.\n📍 Stage\\_1",
            "**Pitch** a topic with `/pitch`, **vote** by reaction when a ballot opens, "
            "**follow** to hear about every session.",
            "Say where you live with `/me timezone` and every time is written for you.",
        ),
        tone=Tone.SESSION,
        buttons=(Button(label="Follow", action="follow:7", style=ButtonStyle.PRIMARY, emoji="🔔"),),
    )


def test_an_alert_says_why_a_lead_gets_it() -> None:
    assert alert_card(DRAFT, "The channel was deleted.").text == (
        "ML \\*Theory\\* needs a lead\nThe channel was deleted.\n"
        "You get this as a lead of the group, each trouble at most once a day. Commands work in "
        "the group's server, not here."
    )

"""`/follow` and `/me` as members use them: private answers, their own time, no message unasked."""

from datetime import UTC, datetime

import pytest
from shown import find_id, flat, text_of
from simcord.results import InteractionResult, ResponseMessage
from stage import Stage

NO = "### That doesn't work\n"
FOLLOWS = (
    "### ✅ Done\nYou follow ML Theory. Choose with `/me reminders` whether I write to you before "
    "each session.\n[Stop following]"
)
FOLLOWS_ALREADY = FOLLOWS.replace("ML Theory", "ML Theory already")
FOLLOWS_NOT = "### ✅ Done\nYou don't follow ML Theory any more.\n[Follow again]"
ALONE = (
    "-# Choose none to be left alone. For quiet hours I have to know where you live: "
    "`/me timezone` tells me."
)
NOWHERE = "I don't know where you live: `/me timezone` tells me."


async def seen(stage: Stage, who: str, command: str, **options: object) -> str:
    """What `who` alone sees after a command."""
    result = await stage[who].slash(stage.channel, command, **options)
    assert result.ephemeral
    return text_of(result)


async def chosen(stage: Stage, who: str, *minutes: str) -> InteractionResult:
    """What `who` sees after choosing when to be written to."""
    shown = await stage[who].slash(stage.channel, "me reminders")
    lists = find_id(shown.response.components, "remind:")
    return await stage[who].select(shown.response, list(minutes), custom_id=lists)


async def test_follow_is_taken_back_by_following_again(stage: Stage) -> None:
    await stage.set_up_group()
    assert await seen(stage, "ben", "follow") == FOLLOWS
    await stage.restart()
    assert await seen(stage, "ben", "follow", group="ML Theory") == FOLLOWS_NOT
    assert await seen(stage, "ben", "follow") == FOLLOWS


async def test_the_welcomes_button_follows_after_a_restart(stage: Stage) -> None:
    await stage.set_up_group()
    (welcome,) = stage.posted()
    await stage.restart()
    for sentence in (FOLLOWS, FOLLOWS_ALREADY):
        pressed = await stage["clara"].click(welcome, label="Follow")
        assert (text_of(pressed), pressed.ephemeral) == (sentence, True)
    for label, sentence in (("Stop following", FOLLOWS_NOT), ("Follow again", FOLLOWS)):
        await stage["clara"].click(pressed.response, label=label)
        assert text_of(pressed) == sentence


@pytest.mark.both_databases
async def test_two_presses_at_once_are_one_follow(stage: Stage) -> None:
    await stage.set_up_group()
    found = stage.env.backend.messages[stage.channel.id].values()
    welcome = next(one for one in found if not one.flags & 64)
    button = find_id(welcome.components, "follow:")
    presses = await stage.press_at_once(
        "clara", ResponseMessage(stage.env, welcome), button, button
    )
    assert sorted(map(text_of, presses)) == [FOLLOWS_ALREADY, FOLLOWS]


async def test_there_is_nothing_to_follow_without_a_group(stage: Stage) -> None:
    assert "There is no reading group here yet." in await seen(stage, "ben", "follow")


@pytest.mark.parametrize(
    ("city", "spoken"),
    [
        ("Berlin", "**Berlin, DE** (Europe/Berlin), where it is 20:00 now, UTC+02:00."),
        ("asia/kolkata", "**Kolkata, IN** (Asia/Kolkata), where it is 11:30 pm now, UTC+05:30."),
        (
            "Portland, US|America/New_York",
            "**Portland, Maine, US** (America/New\\_York), where it is 2:00 PM now, UTC−04:00.",
        ),
    ],
)
async def test_a_city_or_zone_is_kept_and_shown_with_its_clock(
    stage: Stage, city: str, spoken: str
) -> None:
    assert await seen(stage, "ben", "me timezone", city=city) == (
        f"### 🏠 Your place\n{spoken}\n-# Groups that you follow or go to also spell their times "
        "for your city; nobody is named."
    )
    await stage.restart()
    _, _, clock = spoken.partition("** (")
    assert clock in await seen(stage, "ben", "me profile")
    assert NOWHERE in await seen(stage, "clara", "me profile")


async def test_cities_are_offered_with_their_clocks_and_kept_apart(stage: Stage) -> None:
    offered = await stage["ben"].autocomplete(stage.channel, "me timezone", "city", "Portland")
    assert [choice["name"] for choice in offered[:2]] == [
        "Portland, Oregon, US · 11:00 now (UTC−7)",
        "Portland, Maine, US · 14:00 now (UTC−4)",
    ]
    assert len({choice["value"] for choice in offered}) == len(offered)
    second = await seen(stage, "ben", "me timezone", city=offered[1]["value"])
    assert "**Portland, Maine, US** (America/New\\_York)" in second
    for typed in ("", "Atlantis-upon-Sea", "x" * 500):
        assert await stage["ben"].autocomplete(stage.channel, "me timezone", "city", typed) == []
    many = await stage["ben"].autocomplete(stage.channel, "me timezone", "city", "San")
    assert len(many) == 25
    assert all(len(one["name"]) <= 100 and len(one["value"]) <= 100 for one in many)


@pytest.mark.parametrize(
    ("city", "sentence"),
    [
        (
            "Atlantis-upon-Sea",
            "I know no place called “Atlantis-upon-Sea”. Name the nearest large city.",
        ),
        (
            "@everyone\u202e [x](https://evil.example)",
            "I know no place called “@\u200beveryone \\[x\\](https://evil.example)”. Name the "
            "nearest large city.",
        ),
    ],
)
async def test_a_bad_city_gets_a_sentence_and_changes_nothing(
    stage: Stage, city: str, sentence: str
) -> None:
    assert await seen(stage, "ben", "me timezone", city=city) == f"{NO}{sentence}"
    assert NOWHERE in await seen(stage, "ben", "me profile")


async def test_reminders_are_chosen_from_a_list(stage: Stage) -> None:
    silent = (
        "### 🔔 Your reminders\n"
        "I don't write to you. The group's channel is reminded all the same.\n"
        f"{ALONE}"
    )
    assert await seen(stage, "ben", "me reminders") == silent
    two = await chosen(stage, "ben", "60", "1440")
    assert text_of(two) == (
        "### 🔔 Your reminders\nI write to you **1 day and 1 hour** before each session of the "
        "groups you follow, and before those you go to; never before one that you said you can't "
        f"come to.\n{ALONE}"
    )
    options = two.response.components[0]["components"][3]["components"][0]["options"]
    assert [(one["label"], one["default"]) for one in options] == [
        ("1 week before", False),
        ("1 day before", True),
        ("1 hour before", True),
        ("10 minutes before", False),
        ("When a vote ends soon", False),
    ]
    assert "1 day and 1 hour before sessions of the groups you follow, or you go to." in await seen(
        stage, "ben", "me profile"
    )
    assert text_of(await chosen(stage, "ben")) == silent


async def test_word_of_votes_is_a_choice_of_its_own(stage: Stage) -> None:
    both = text_of(await chosen(stage, "ben", "60", "votes"))
    assert "**1 hour** before each session" in both
    assert "Once more where a vote of theirs ends and you have not voted." in both
    only = text_of(await chosen(stage, "ben", "votes"))
    assert "I write to you once where a vote of the groups you follow ends" in only
    assert (
        "\nI write to you once when a vote ends and you have not voted, not before sessions."
        in (await seen(stage, "ben", "me profile"))
    )
    assert "I don't write to you." in text_of(await chosen(stage, "ben"))


async def test_quiet_hours_are_chosen_from_a_second_list(stage: Stage) -> None:
    async def pick(value: str) -> InteractionResult:
        shown = await stage["ben"].slash(stage.channel, "me reminders")
        return await stage["ben"].select(shown.response, [value], custom_id="remind:quiet")

    await seen(stage, "ben", "me timezone", city="Berlin")
    assert await seen(stage, "ben", "me reminders") == (
        "### 🔔 Your reminders\n"
        "I don't write to you. The group's channel is reminded all the same.\n"
        "-# Choose none to be left alone."
    )
    quiet = await pick("22-7")
    silence = (
        "From **22:00 to 07:00** your time I stay silent: what would come then comes afterwards, "
        "or before, where afterwards would be too late."
    )
    assert text_of(quiet) == (
        "### 🔔 Your reminders\n"
        "I don't write to you. The group's channel is reminded all the same.\n"
        f"{silence}\n-# Choose none to be left alone."
    )
    options = quiet.response.components[0]["components"][-2]["components"][0]["options"]
    assert [(one["label"], one["default"]) for one in options] == [
        ("No quiet hours", False),
        ("Quiet from 21:00 to 07:00", False),
        ("Quiet from 22:00 to 07:00", True),
        ("Quiet from 22:00 to 08:00", False),
        ("Quiet from 23:00 to 07:00", False),
        ("Quiet from 23:00 to 08:00", False),
        ("Quiet from 00:00 to 07:00", False),
        ("Quiet from 00:00 to 08:00", False),
        ("Quiet from 00:00 to 09:00", False),
    ]
    await stage.restart()
    assert silence in await seen(stage, "ben", "me profile")
    assert silence not in text_of(await pick("none"))
    assert silence not in await seen(stage, "ben", "me profile")


async def test_the_clock_is_written_as_the_member_wants_it(stage: Stage) -> None:
    await seen(stage, "ben", "me timezone", city="Berlin")
    assert "Times look like **10:00 pm**." in await seen(stage, "ben", "me reminders", clock="12")
    assert await seen(stage, "ben", "me profile") == (
        "### 👤 What I know of you\n"
        "**Berlin** (Europe/Berlin), where it is 8:00 pm now, UTC+02:00.\n"
        "I don't write to you before sessions: `/me reminders` changes that. "
        "Times look like **10:00 pm**.\n"
        "-# Besides: your Discord language, your days away, your pitches, your answers to "
        "sessions, what counted of your votes, and the groups you follow or lead."
    )
    assert "Times look like **22:00**." in await seen(stage, "ben", "me reminders", clock="24")


async def test_only_who_asked_is_written_to_and_one_press_ends_it(stage: Stage) -> None:
    await stage.set_up_group()
    for who in ("ben", "clara"):
        await stage.slash(who, "follow")
    await stage.slash("ben", "me timezone", city="Berlin")
    await chosen(stage, "ben", "10080", "1440")
    stage.said()
    await stage.advance_to(datetime(2022, 10, 29, 20, 0, tzinfo=UTC))
    direct = [one for one in stage.heard() if one[0] != "#ml-theory"]
    home = f"<#{stage.channel.id}>"
    assert direct == [
        (
            "@ben",
            "### 🔔 ML Theory #1\n**Saturday 5 November, 21:00 in Berlin, in 1 week**\n"
            "⏰ Clocks change: 21:00 instead of 22:00 in Berlin, this time only.\n"
            f"No talks yet: `/pitch` one in {home}.\n📍 Stage 1\n"
            "[Going]\n[Recording only]\n[Can't come]\n[Stop reminding me]\n"
            f"-# You asked for this; /me reminders in {home} changes it.",
            (),
        )
    ]
    backend = stage.env.backend
    (message,) = backend.messages[backend.dm_channels[stage["ben"].id]].values()
    await stage.restart()
    stopped = await stage["ben"].user.click(
        ResponseMessage(stage.env, message), label="Stop reminding me"
    )
    assert text_of(stopped) == (
        "### ✅ Done\nI won't write to you any more. `/me reminders` in the server undoes it."
    )
    stage.said()
    await stage.advance_to(datetime(2022, 11, 5, 20, 0, tzinfo=UTC))
    assert {said.place for said in stage.said()} == {"#ml-theory"}
    again = await chosen(stage, "ben", "10")
    assert "**10 minutes**" in flat(again.response.components)


async def test_closed_messages_are_told_until_they_are_asked_for_again(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.slash("ben", "follow")
    await chosen(stage, "ben", "10080")
    stage.env.inject_error(
        "POST",
        f"/channels/{stage.env.backend.get_dm_channel(stage['ben'].id).id}/messages",
        status=403,
        code=50007,
        message="Cannot send messages to this user",
    )
    await stage.advance_to(datetime(2022, 10, 29, 20, 0, tzinfo=UTC))
    assert await seen(stage, "ben", "me reminders") == (
        "### 🔔 Your reminders\nYour direct messages are closed to me, so I mention you in the "
        "session's thread: open them in this server's privacy settings, then choose again.\n"
        f"{ALONE}"
    )
    assert "I write to you **1 day**" in text_of(await chosen(stage, "ben", "1440"))


async def test_a_clock_that_several_places_keep_is_asked_back(stage: Stage) -> None:
    asked = await stage["ben"].slash(stage.channel, "me timezone", city="CST")
    assert asked.ephemeral
    assert text_of(asked).startswith(
        "### 🕰️ Which clock is yours?\n“CST” is a clock, not a place: it doesn't say when it changes"
    )
    assert NOWHERE in await seen(stage, "ben", "me profile")
    await stage.restart()
    place = find_id(asked.response.components, "home")
    chosen = await stage["ben"].select(
        asked.response, ["Shanghai, CN|Asia/Shanghai"], custom_id=place
    )
    assert "**Shanghai, CN** (Asia/Shanghai), where it is 02:00 now, UTC+08:00." in text_of(chosen)


@pytest.mark.parametrize(
    ("city", "why", "meant"),
    [
        (
            "Springfield",
            "“Springfield” is the name of several cities, on different clocks.",
            ("Springfield, Illinois, US", "America/Chicago"),
        ),
        (
            "Mars",
            "I know no place called “Mars”. Did you mean one of these?",
            ("Marseille, FR", "Europe/Paris"),
        ),
    ],
)
async def test_a_name_of_several_cities_or_of_none_is_asked_back(
    stage: Stage, city: str, why: str, meant: tuple[str, str]
) -> None:
    asked = await stage["ben"].slash(stage.channel, "me timezone", city=city)
    assert text_of(asked) == (f"### 🏠 Which one is yours?\n{why}\n-# Nothing has changed yet.")
    assert NOWHERE in await seen(stage, "ben", "me profile")
    place = find_id(asked.response.components, "home")
    chosen = await stage["ben"].select(asked.response, ["|".join(meant)], custom_id=place)
    assert f"**{meant[0]}** ({meant[1]}), where" in text_of(chosen)


async def test_days_away_are_said_listed_and_taken_back(stage: Stage) -> None:
    nothing = "You are not away. `/me away` with a first and a last day tells me."
    assert nothing in await seen(stage, "ben", "me away")
    first, until = "2022-12-20", "3 Jan 2023"
    said = await stage["ben"].slash(stage.channel, "me away", **{"from": first, "until": until})
    line = "- Tuesday 20 December until Tuesday, 3 January 2023"
    assert (said.ephemeral, line in text_of(said)) == (True, True)
    await stage.restart()
    assert line in await seen(stage, "ben", "me away")
    assert nothing in await seen(stage, "clara", "me away")
    listed = find_id(said.response.components, "back")
    back = await stage["ben"].select(said.response, ["2022-12-20"], custom_id=listed)
    assert nothing in text_of(back)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"until": "2022-12-20"}, "I need the first day away too"),
        ({"from": "3/12"}, "“3/12” may be a day and a month in either order"),
        (
            {"from": "2022-12-20", "until": "2022-12-19"},
            "Monday, 19 December 2022 is before Tuesday",
        ),
        ({"from": "2022-02-30"}, "“2022-02-30” is not a day of any calendar"),
    ],
)
async def test_days_away_that_cannot_be_are_refused(
    stage: Stage, days: dict[str, str], sentence: str
) -> None:
    assert sentence in await seen(stage, "ben", "me away", **days)
    assert "You are not away." in await seen(stage, "ben", "me away")

"""`/group` as leads and members use it: nothing public before Publish, and no dead end."""

import discord
import pytest
from shown import find_id, flat, text_of
from stage import Stage

WELCOME = (
    "### 📚 ML Theory\n"
    "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes, from November 5, 2022 on. "
    "`/next` says when it is for you.\n"
    "📍 Stage 1\n"
    "**Pitch** a topic with `/pitch`, **vote** by reaction when a ballot opens, **follow** to "
    "hear about every session.\n"
    "Say where you live with `/me timezone` and every time is written for you.\n"
    "[Follow]"
)
FORM = {"name": "ML Theory", "city": "Denver", "first_session": "2022-11-05 14:00"}
ONLY_MANAGERS = (
    "### That doesn't work\n"
    "Only somebody with the Manage Server permission can set up a group here."
)


@pytest.fixture
def is_mirrored() -> bool:
    return True


def setup_card(stage: Stage, **changed: str) -> str:
    """The setup card as maya sees it."""
    parts = {
        "pattern": "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes, 2 talks each.",
        "dates": "- Saturday, November 5, 2:00 PM (UTC−06:00)\n"
        "- Saturday, November 19, 2:00 PM (UTC−07:00, ⏰ clocks change before this one)\n"
        "- Saturday, December 3, 2:00 PM (UTC−07:00)\n"
        "- Saturday, December 17, 2:00 PM (UTC−07:00)\n"
        "- Saturday, December 31, 2:00 PM (UTC−07:00)\n"
        "- Saturday, January 14, 2:00 PM (UTC−07:00)",
        "discussions": stage.forum.mention,
        **changed,
    }
    return (
        "### New group: ML Theory\n"
        f"{parts['pattern']}\n**The next six dates**\n{parts['dates']}\n"
        f"**Home** {stage.channel.mention}\n**Discussions** {parts['discussions']}\n"
        "**Meets at** Stage 1\n**Time zone** America/Denver\n"
        "[Publish]\n[Edit]\n[Rhythm]\n[Check again]\n[Discard]\n"
        "-# Only you see this. Nothing is public before you press Publish."
    )


async def submitted(stage: Stage, who: str = "maya", **form: str) -> str:
    """What `who` sees after typing the setup form."""
    shown = await stage[who].slash(stage.channel, "group setup")
    return text_of(await stage[who].submit_modal(shown, FORM | form))


def events(stage: Stage) -> list[str]:
    return [event.name for event in stage.guild._guild.scheduled_events.values()]


async def test_a_draft_becomes_public_at_publish_and_not_before(stage: Stage) -> None:
    shown = await stage["maya"].slash(stage.channel, "group setup")
    assert [shown.modal["title"], *(part["label"] for part in shown.modal["components"])] == [
        "Set up a reading group",
        "Name of the group",
        "City whose clock the group keeps",
        "First session: date and time there",
        "Where you meet (optional)",
        "What it is about (optional)",
    ]
    draft = await stage.draft_group()
    assert draft.ephemeral
    assert text_of(draft) == setup_card(stage)
    assert (stage.said(), events(stage)) == ([], [])
    published = await stage["maya"].click(draft.response, label="Publish")
    assert text_of(published) == (
        "### ML Theory is open\nMembers can `/follow` it, `/pitch` topics and see `/next` in "
        f"{stage.channel.mention}. When pitches have come in, open a vote with `/ballot open`."
    )
    assert [(said.place, said.text) for said in stage.said()] == [("#ml-theory", WELCOME)]
    assert len(events(stage)) == 6


async def test_picks_change_the_draft_and_stay_private(stage: Stage) -> None:
    draft = await stage.draft_group()
    maya, components = stage["maya"], draft.response.components
    for prefix, value in (("weeks", "1"), ("minutes", "90"), ("talks", "1")):
        picked = await maya.select(
            draft.response, [value], custom_id=find_id(components, f"setup:{prefix}")
        )
    picked = await maya.select(draft.response, [], custom_id=find_id(components, "setup:forum"))
    weekly = "\n".join(
        (
            "- Saturday, November 5, 2:00 PM (UTC−06:00)",
            "- Saturday, November 12, 2:00 PM (UTC−07:00, ⏰ clocks change before this one)",
            *(
                f"- Saturday, {day}, 2:00 PM (UTC−07:00)"
                for day in ("November 19", "November 26", "December 3", "December 10")
            ),
        )
    )
    assert text_of(picked) == setup_card(
        stage,
        pattern="Every week on Saturday at 2:00 PM in Denver, for 90 minutes, 1 talk each.",
        dates=weekly,
        discussions=f"a thread in {stage.channel.mention} for each talk",
    )
    other = stage.guild.create_text_channel("papers")
    picked = await maya.select(
        draft.response, [other], custom_id=find_id(components, "setup:channel")
    )
    assert f"**Home** {other.mention}" in text_of(picked)
    assert stage.said() == []
    await maya.click(draft.response, label="Publish")
    assert [said.place for said in stage.said()] == ["#papers"]


async def test_edit_opens_the_form_as_it_was_typed(stage: Stage) -> None:
    draft = await stage.draft_group(about="We *read*.")
    maya = stage["maya"]
    form = await maya.click(draft.response, label="Edit")
    assert typed(form.modal) == {
        "name": "ML Theory",
        "city": "Denver",
        "first_session": "2022-11-05 14:00",
        "meeting_place": "Stage 1",
        "about": "We *read*.",
    }
    changed = await maya.submit_modal(
        form, {**FORM, "city": "Berlin", "first_session": "2022-11-08 20:00"}
    )
    assert text_of(changed).startswith(
        "### New group: ML Theory\n"
        "Every 2 weeks on Tuesday at 20:00 in Berlin, for 60 minutes, 2 talks each.\n"
    )
    assert stage.said() == []


def typed(modal: dict) -> dict[str, str]:
    """What stands in a form's text boxes."""
    boxes = [part["component"] for part in modal["components"]]
    return {box["custom_id"]: box.get("value") or "" for box in boxes if box["type"] == 4}


async def test_a_draft_survives_a_restart(stage: Stage) -> None:
    draft = await stage.draft_group()
    await stage.restart()
    checked = await stage["maya"].click(draft.response, label="Check again")
    assert text_of(checked) == setup_card(stage)
    await stage["maya"].click(draft.response, label="Publish")
    assert [said.text for said in stage.said()] == [WELCOME]


async def test_a_discarded_draft_is_gone(stage: Stage) -> None:
    draft = await stage.draft_group()
    gone = await stage["maya"].click(draft.response, label="Discard")
    assert text_of(gone) == "### ✅ Done\nThe draft is gone; nothing was public."
    assert (stage.said(), gone.response.components[0]["components"][2:]) == ([], [])
    assert await stage.slash("ben", "topics") == (
        "### That doesn't work\nThere is no reading group here yet. Somebody with Manage Server "
        "can start one with `/group setup`."
    )


@pytest.mark.both_databases
async def test_publish_pressed_twice_at_once_is_one_welcome(stage: Stage) -> None:
    draft = await stage.draft_group()
    publish = find_id(draft.response.components, "setup:publish")
    presses = await stage.press_at_once("maya", draft.response, publish, publish)
    assert [flat(one.components) for press in presses for one in press.followups] == [
        "### That doesn't work\nML Theory is published already."
    ]
    await stage.restart()
    assert [said.text for said in stage.said()] == [WELCOME]
    assert len(events(stage)) == 6


async def test_each_missing_permission_is_named_until_it_is_granted(stage: Stage) -> None:
    stage.deny(stage.channel, add_reactions=True, send_messages=True)
    stage.deny(stage.forum, send_messages_in_threads=True)
    draft = await stage.draft_group()
    here, there = stage.channel.mention, stage.forum.mention
    missing = (
        "⚠️ **I still need these permissions**\n"
        f"- Send Messages in {here}\n- Add Reactions in {here}\n"
        f"- Send Messages in Threads in {there}\n"
    )
    assert missing in text_of(draft)
    refused = await stage["maya"].click(draft.response, label="Publish")
    assert [flat(one.components) for one in refused.followups] == [
        "### That doesn't work\n"
        f"Nothing is public yet: I still need Send Messages in {here}; Add Reactions in {here}; "
        f"Send Messages in Threads in {there}. Grant that in the channel's or server's settings "
        "and press Publish again."
    ]
    assert refused.followups[0].ephemeral
    assert (stage.said(), events(stage)) == ([], [])
    stage.deny(stage.forum)
    stage.deny(stage.channel, view_channel=True)
    checked = await stage["maya"].click(draft.response, label="Check again")
    assert f"⚠️ **I still need these permissions**\n- View Channel in {here}\n" in text_of(checked)
    stage.deny(stage.channel)
    checked = await stage["maya"].click(draft.response, label="Check again")
    assert text_of(checked) == setup_card(stage)
    await stage["maya"].click(draft.response, label="Publish")
    assert [said.text for said in stage.said()] == [WELCOME]


async def test_what_pictures_need_is_named_and_not_insisted_on(stage: Stage) -> None:
    stage.deny(stage.channel, attach_files=True)
    note = f"🖼️ Without Attach Files in {stage.channel.mention} a vote's result has no chart"
    draft = await stage.draft_group()
    assert note in text_of(draft)
    assert "I still need" not in text_of(draft)
    await stage["maya"].click(draft.response, label="Publish")
    assert note in await stage.slash("maya", "group check")
    stage.deny(stage.channel, view_channel=True)
    assert "🖼️" not in await stage.slash("maya", "group check")
    stage.deny(stage.channel)
    assert "🖼️" not in await stage.slash("maya", "group check")


async def test_without_a_forum_threads_are_needed_and_events_always(stage: Stage) -> None:
    role = stage.guild.roles["TestBot"]
    held = discord.Permissions(
        stage.env.backend.get_guild(stage.guild.id).roles[role.id].permissions
    )
    held.update(create_events=False)
    stage.env.backend.edit_role(stage.guild.id, role.id, {"permissions": held.value})
    stage.deny(stage.channel, create_public_threads=True, send_messages_in_threads=True)
    stage.deny(stage.forum, view_channel=True)
    here = stage.channel.mention
    assert (
        "⚠️ **I still need these permissions**\n"
        f"- Create Public Threads in {here}\n- Send Messages in Threads in {here}\n"
        f"- Create Events in {here}\n"
    ) in await submitted(stage)


async def test_the_servers_one_forum_is_proposed_and_of_two_neither(stage: Stage) -> None:
    threads = f"**Discussions** a thread in {stage.channel.mention} for each talk\n"
    assert f"**Discussions** {stage.forum.mention}\n" in await submitted(stage)
    stage.deny(stage.forum, send_messages=True)
    assert threads in await submitted(stage)
    stage.deny(stage.forum)
    stage.guild.create_forum_channel("help")
    await stage.env.settle()
    assert threads in await submitted(stage)


async def test_bad_input_gets_a_sentence_and_the_form_back(stage: Stage) -> None:
    for form, sentence in (
        ({"name": ""}, "A group needs a name: give it one, such as “ML Theory”."),
        (
            {"city": "Mars/Olympus"},
            "I know no place called “Mars/Olympus”. Name the nearest large city.",
        ),
        (
            {"first_session": "2022-10-01 14:00"},
            "“2022-10-01 14:00” has passed already: give a first session that is ahead.",
        ),
        (
            {"first_session": "3/12"},
            "I can't find one time of day in “3/12”. Write it like 2022-11-19 14:00.",
        ),
        (
            {"first_session": "2022-11-31 25:00"},
            "“2022-11-31 25:00” is not a moment that exists: check the day, and the hour "
            "(00:00 to 23:59).",
        ),
    ):
        lines = "\n".join(text for text in (FORM | form).values() if text)
        assert await submitted(stage, **form) == (
            f"### That doesn't work\n{sentence}\n**Nothing is lost. You wrote:**\n{lines}\n"
            "[Edit and send again]"
        )
    assert stage.said() == []


async def test_a_refused_form_comes_back_filled_and_makes_the_draft(stage: Stage) -> None:
    shown = await stage["maya"].slash(stage.channel, "group setup")
    refused = await stage["maya"].submit_modal(shown, FORM | {"city": "MST", "about": "*All*"})
    assert refused.ephemeral
    assert "“MST” is a clock, not a place, and clocks change. " in text_of(refused)
    await stage.restart()
    again = await stage["maya"].click(refused.response, label="Edit and send again")
    assert typed(again.modal) == FORM | {"city": "MST", "meeting_place": "", "about": "*All*"}
    draft = await stage["maya"].submit_modal(again, FORM | {"meeting_place": "Stage 1"})
    assert text_of(draft).startswith("### New group: ML Theory\n")


async def test_an_hour_that_does_not_exist_is_marked(stage: Stage) -> None:
    assert (
        "Every 2 weeks on Sunday at 2:30 AM in Denver, for 60 minutes, 2 talks each.\n"
        "**The next six dates**\n"
        "- Sunday, March 12, 3:30 AM (UTC−06:00, 2:30 AM does not exist that day, so an hour "
        "later)\n"
        "- Sunday, March 26, 2:30 AM (UTC−06:00)\n"
    ) in await submitted(stage, first_session="2023-03-12 02:30")


async def test_a_name_is_taken_once(stage: Stage) -> None:
    await stage.set_up_group()
    assert "The name “ml theory” is taken in this server: choose another one." in await submitted(
        stage, name="ml theory"
    )


async def test_plain_members_are_refused_before_they_type(stage: Stage) -> None:
    refused = await stage["ben"].slash(stage.channel, "group setup")
    assert (text_of(refused), refused.modal, refused.ephemeral) == (ONLY_MANAGERS, None, True)


async def test_who_loses_the_right_while_typing_is_refused(stage: Stage) -> None:
    shown = await stage["maya"].slash(stage.channel, "group setup")
    role = stage.guild.roles["Managers"]
    stage.env.backend.edit_role(stage.guild.id, role.id, {"permissions": 0})
    refused = await stage["maya"].submit_modal(shown, FORM)
    assert text_of(refused).startswith(f"{ONLY_MANAGERS}\n**Nothing is lost. You wrote:**\n")
    assert "There is no reading group here yet" in await stage.slash("ben", "topics")


async def test_leads_who_are_plain_members_reach_their_commands(stage: Stage) -> None:
    await stage.set_up_group()
    assert await stage.slash("maya", "group leads", person=stage["ben"]) == (
        f"### ✅ Done\nML Theory is led by {stage['maya'].mention} and {stage['ben'].mention}."
    )
    papers = stage.guild.create_text_channel("papers")
    stage.deny(papers, send_messages=True)
    assert await stage.slash("ben", "group edit", channel=papers) == (
        "### ML Theory moved, but permissions are missing\n"
        f"ML Theory is at home in {papers.mention}; talks are discussed in "
        f"{stage.forum.mention}.\n📍 Meeting place: Stage 1\n"
        "The channel is reminded **1 week, 1 day, 1 hour and 10 minutes** before each session.\n"
        "⚠️ **I still need these permissions**\n"
        f"- Send Messages in {papers.mention}\n"
        "[Name, place and words]\n[When we meet]\n[Holidays]\n[Threads instead of the forum]\n"
        "-# Grant them in the channel's or the server's settings, then look with /group check."
    )
    stage.deny(papers)
    assert await stage.slash("ben", "group check") == (
        "### ML Theory: all is well\nI have every permission that the group needs."
    )
    assert "Moved" in text_of(
        await stage.bend("ben", "move", "Move only this one", to="2022-11-06 14:00")
    )


async def test_a_lead_changes_reminders_and_forum_on_the_card(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    leads = find_id(shown.response.components, "edit:leads")
    fewer = await stage["maya"].select(shown.response, ["60", "1440"], custom_id=leads)
    home = (
        f"### ML Theory\nML Theory is at home in {stage.channel.mention}; talks are discussed in "
    )
    assert text_of(fewer) == (
        f"{home}{stage.forum.mention}.\n📍 Meeting place: Stage 1\n"
        "The channel is reminded **1 day and 1 hour** before each session.\n"
        "[Name, place and words]\n[When we meet]\n[Holidays]\n[Threads instead of the forum]"
    )
    never = await stage["maya"].select(fewer.response, [], custom_id=leads)
    assert "The channel is reminded **never**." in text_of(never)
    threads = await stage["maya"].click(never.response, label="Threads instead of the forum")
    assert text_of(threads) == (
        "### ✅ ML Theory moved\n"
        f"ML Theory is at home in {stage.channel.mention}; each talk gets a thread there.\n"
        "📍 Meeting place: Stage 1\n"
        "The channel is reminded **never**.\n[Name, place and words]\n[When we meet]\n[Holidays]"
    )


async def test_a_lead_changes_name_words_and_place_in_a_form(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    await stage.restart()
    form = await stage["maya"].click(shown.response, label="Name, place and words")
    before = {"name": "ML Theory", "meeting_place": "Stage 1", "about": ""}
    assert typed(form.modal) == before
    # Another lead is quicker, with the one thing that stays as it is in this form.
    words = await stage["maya"].click(shown.response, label="Name, place and words")
    await stage["maya"].submit_modal(words, before | {"about": "We read *papers*."})
    refused = await stage["maya"].submit_modal(form, before | {"name": "x" * 61})
    [no] = refused.followups
    assert flat(no.components).startswith(
        "### That doesn't work\n“xxxxxxxxxxxxxxxxxxx…” has 61 characters; a group's name has at "
        "most 60.\n**Nothing is lost. You wrote:**\n"
    )
    again = await stage["maya"].click(no, label="Edit and send again")
    changed = await stage["maya"].submit_modal(
        again,
        {"name": "Theory", "meeting_place": "https://zoom.example/j/1_2", "about": ""},
    )
    assert text_of(changed).startswith(
        f"### ✅ Theory is changed\nTheory is at home in {stage.channel.mention}; talks are "
        f"discussed in {stage.forum.mention}.\n📍 Meeting place: https://zoom.example/j/1_2\n"
    )
    assert stage.heard()[-1][1].splitlines()[:2] == [
        "### 📍 Theory meets in another place",
        "**https://zoom.example/j/1_2**",
    ]
    assert "\nWe read \\*papers\\*.\n" in await stage.slash("ben", "group about")


async def test_a_lead_changes_the_rule_of_the_next_ballots(stage: Stage) -> None:
    await stage.set_up_group()
    edited = await stage.slash("maya", "group edit", rule="most_votes")
    assert "⚖️ From its next ballot on: **Most votes**. Most clicks win." in edited
    await stage.pitch("ben", "Alpha")
    await stage.slash("maya", "ballot open")
    stage.said()
    await stage.slash("maya", "group edit", rule="fair_turns")
    status = await stage.slash("ben", "ballot status")
    assert "⚖️ Most votes: Most clicks win." in status


async def test_a_lead_who_was_removed_can_no_longer_use_the_card(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    await stage.slash("maya", "group leads", person=stage["ben"])
    await stage.slash("ben", "group leads", person=stage["maya"], leads=False)
    refused = await stage["maya"].click(shown.response, label="Threads instead of the forum")
    assert text_of(refused).endswith(
        "### That doesn't work\nOnly the leads of ML Theory can do this: ask one of them."
    )
    assert stage.forum.mention in await stage.slash("ben", "group edit")


async def test_members_are_refused_what_leads_may_do(stage: Stage) -> None:
    await stage.set_up_group()
    no = "### That doesn't work\nOnly the leads of ML Theory can do this: ask one of them."
    assert await stage.slash("ben", "group leads", person=stage["ben"]) == no
    assert await stage.slash("ben", "group edit", channel=stage.channel) == no
    assert await stage.slash("ben", "group check") == no


async def test_a_group_keeps_its_last_lead_and_takes_people_only(stage: Stage) -> None:
    await stage.set_up_group()
    assert await stage.slash("maya", "group leads", person=stage["maya"], leads=False) == (
        "### That doesn't work\nML Theory would have no lead left: appoint somebody else first."
    )
    robot = stage.guild.add_member(stage.env.create_user("robot", bot=True))
    assert await stage.slash("maya", "group leads", person=robot) == (
        "### That doesn't work\nrobot can't lead: choose a person in this server."
    )
    stranger = stage.env.create_user("stranger")
    assert await stage.slash("maya", "group leads", person=stranger) == (
        "### That doesn't work\nstranger can't lead: choose a person in this server."
    )


@pytest.mark.parametrize(
    ("command", "option"),
    [("session move", "number"), ("talk", "talk"), ("ballot status", "past")],
)
async def test_of_several_groups_nothing_is_offered_before_one_is_chosen(
    stage: Stage, command: str, option: str
) -> None:
    await stage.set_up_group()
    await stage.set_up_group(name="Quantum")
    assert await stage["maya"].autocomplete(stage.channel, command, option, "") == []


async def test_several_groups_are_told_apart_by_the_group_option(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.set_up_group(name="Quantum")
    assert await stage.slash("ben", "topics") == (
        "### That doesn't work\n"
        "Which group do you mean? Choose one in the `group` option: ML Theory, Quantum."
    )
    offered = await stage["ben"].autocomplete(stage.channel, "topics", "group", "quan")
    assert [choice["name"] for choice in offered] == ["Quantum"]
    assert await stage.slash("ben", "topics", group=offered[0]["value"]) == (
        "### Topics of Quantum\nThe backlog is empty. Be the first: `/pitch`."
    )
    assert await stage.slash("ben", "topics", group="ml theory") == (
        "### Topics of ML Theory\nThe backlog is empty. Be the first: `/pitch`."
    )
    await stage.set_up_group(name="X" + "🐙" * 59)  # 119 of the units that Discord counts
    every = await stage["ben"].autocomplete(stage.channel, "topics", "group", "")
    assert [choice["name"] for choice in every] == ["ML Theory", "Quantum", "X" + "🐙" * 49 + "…"]
    assert await stage.slash("maya", "ballot open", group="Quantum") == (
        "### That doesn't work\n"
        "There is nothing to vote on: the backlog is empty. Ask members to `/pitch` first."
    )
    pause = await stage.slash("maya", "group pause", group="Quantum", until="2022-11-30")
    assert pause.startswith("### Let Quantum pause?\n")
    extra = await stage.slash("maya", "session add", group="Quantum", when="2022-11-02 10:00")
    assert extra.startswith("### ➕ An extra session of Quantum?\n")

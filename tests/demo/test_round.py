"""The guided path with the real bot: each step is ticked when it has happened, and not before."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simcord.components import walk_components

from tests.demo.visitor import WEDNESDAY, Visitor, visiting

# Clocks change in Berlin on the day after, and in Denver on 1 November.
OCTOBER = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)


async def pitch(visitor: Visitor, title: str) -> str:
    """Ben's /pitch, as his browser does it behind the first step's button; his receipt."""
    world = visitor.hub.stage.world
    ben, channel = world.members["ben"], world.channels["ml-theory"]
    form = {"title": title, "sources": "1803.03635", "speaker": [ben]}
    receipt = await ben.submit_modal(await ben.slash(channel, "pitch"), form)
    return str(receipt.response.components)


async def vote(visitor: Visitor, person: str, *letters: str) -> None:
    """Press letters under the ballot that this person sees."""
    page = await visitor.get(f"/?as={person}")
    message = page.source.rpartition('name="message" value="')[2].partition('"')[0]
    for letter in letters:
        form = {"as": person, "place": "ml-theory", "message": message, "emoji": letter}
        assert (await visitor.post("/react", **form)).status == 303


async def rename(visitor: Visitor, name: str) -> set[str]:
    """Have Maya call the group that; what the native events are called now."""
    world = visitor.hub.stage.world
    maya, channel = world.members["maya"], world.channels["ml-theory"]
    shown = (await maya.slash(channel, "group edit")).response
    form = {"name": name, "meeting_place": "", "about": ""}
    await maya.submit_modal(await maya.click(shown, label="Name, place and words"), form)
    events = world.env.backend.get_guild(world.guild.id).scheduled_events.values()
    return {event.name for event in events}


async def step(visitor: Visitor, key: str) -> str:
    """Press the button of a step; where it leads."""
    answer = await visitor.post("/step", step=key)
    assert answer.status == 303
    return answer.location


async def test_five_steps_lead_through_a_whole_round(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.get("/?as=clara")
        assert page.done == []
        assert "ML Theory #1 Sat 5 Dec, 22:00 · in 10 days" in page.text

        assert (
            "ml-theory as Ben</title>" in (await visitor.get(await step(visitor, "pitch"))).source
        )
        assert (await visitor.get()).done == []
        await pitch(visitor, "Lottery tickets")
        assert (await visitor.get()).done == ["pitch"]

        await step(visitor, "vote")
        page = await visitor.get()
        assert (page.done, page.offers["vote"]) == (["pitch"], "Vote as Devi")
        await vote(visitor, "devi", "🇦", "🇪")
        page = await visitor.get()
        assert (page.done, page.offers["vote"]) == (["pitch"], "Let the others vote")
        assert await step(visitor, "vote") == "/?as=devi"
        page = await visitor.get("/?as=devi")
        assert (page.notice, page.done) == ("Everybody has voted.", ["pitch", "vote"])
        assert page.place("ml-theory").endswith("🇦 4 🇧 5 🇨 2 🇩 1 🇪 5")
        assert page.offers["vote"] == "Look at the ballot as Devi"

        await step(visitor, "schedule")
        page = await visitor.get("/?as=clara")
        assert page.done == ["pitch", "vote", "schedule"]
        assert "🗳️ ML Theory: the vote is counted" in page.place("ml-theory")
        assert "Lottery tickets" in page.text[page.text.index("Calendar of the server") :]

        assert await step(visitor, "remind") == "/?as=clara"
        page = await visitor.get("/?as=clara")
        assert page.notice == (
            "3 days later: Sat 28 Nov, 22:00 for Clara. "
            "Lectern wrote in #ml-theory, Clara’s messages."
        )
        assert page.done == ["pitch", "vote", "schedule", "remind"]
        assert page.offers["remind"] == "Read Clara’s messages"
        told = "🔔 ML Theory #1 Saturday 5 December, 22:00 in Berlin, in 1 week 1."
        assert told in page.place("dm")
        assert "🔔 ML Theory #1 in 1 week" in page.place("ml-theory")

        assert await step(visitor, "discuss") == "/?as=kenji"
        page = await visitor.get("/?as=kenji")
        assert page.done == ["pitch", "vote", "schedule", "remind", "discuss"]
        assert page.offers["discuss"] == "Join in as Kenji"
        assert "has begun. Lectern wrote in #ml-theory, “" in page.notice
        location = await step(visitor, "discuss")
        assert "(ML Theory #1) as Kenji</title>" in (await visitor.get(location)).source
        assert visitor.hub.stage.troubles == 0


async def test_steps_may_be_taken_in_any_order_and_while_clocks_change(tmp_path: Path) -> None:
    async with visiting(tmp_path, OCTOBER) as visitor:
        assert (
            "ML Theory #1 Sat 7 Nov, 22:00 · in 14 days" in (await visitor.get("/?as=clara")).text
        )
        await step(visitor, "remind")
        page = await visitor.get("/?as=clara")
        assert page.notice == (
            "7 days later: Sat 31 Oct, 22:00 for Clara. "
            "Lectern wrote in #ml-theory, Clara’s messages."
        )
        told = "🔔 ML Theory #1 Saturday 7 November, 22:00 in Berlin, in 1 week"
        assert told in page.place("dm")
        assert page.done == ["remind"]

        await step(visitor, "vote")
        await vote(visitor, "ben", "🇨")
        await vote(visitor, "clara", "🇩")
        assert (await visitor.get()).done == ["vote", "remind"]
        await step(visitor, "vote")
        # Nobody is made to vote twice.
        assert (await visitor.get()).place("ml-theory").endswith("🇦 3 🇧 3 🇨 4 🇩 2")
        await step(visitor, "schedule")
        await pitch(visitor, "Lottery tickets")
        assert (await visitor.get()).done == ["pitch", "vote", "schedule", "remind"]


async def test_what_is_refused_or_comes_to_nothing_ticks_no_step(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        assert "Theory #6" in await rename(visitor, "Theory")
        page = await visitor.get()
        assert (page.done, page.offers["vote"]) == ([], "Open a ballot as Maya")
        assert page.offers["schedule"] == "Close the ballot as Maya"
        page = await visitor.press("/step", step="discuss")
        assert page.notice == (
            "No talk is in the calendar yet: take the steps Vote and Schedule first."
        )
        assert visitor.hub.stage.now() == WEDNESDAY

        page = await visitor.press("/step", step="schedule")
        assert (page.done, page.notice) == ([], "No ballot is open: take the step Vote first.")

        assert "Nothing is lost" in await pitch(visitor, "a" * 3_000)
        assert (await visitor.get()).done == []
        await step(visitor, "vote")
        assert (await visitor.get()).done == []

        await step(visitor, "schedule")
        page = await visitor.get()
        assert page.done == []
        assert "nobody voted" in page.place("ml-theory")
        assert page.offers["vote"] == "Open a ballot as Maya"


async def test_a_ballot_that_is_called_off_leaves_the_path_open(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await step(visitor, "vote")
        await vote(visitor, "devi", "🇦")
        await step(visitor, "vote")
        assert (await visitor.get()).done == ["vote"]

        world = visitor.hub.stage.world
        maya, channel = world.members["maya"], world.channels["ml-theory"]
        asked = (await maya.slash(channel, "ballot cancel")).response
        await maya.click(asked, label="Call it off")
        page = await visitor.get("/?as=devi")
        assert "this ballot was called off" in page.place("ml-theory")
        assert (page.done, page.offers["vote"]) == ([], "Open a ballot as Maya")
        page = await visitor.press("/step", step="schedule")
        assert page.notice == "No ballot is open: take the step Vote first."

        # A private one, this time: votes are in lists, and the leads look at the seats.
        text = "/Ballot open private:yes limit:1 rule:most votes role:@everyone"
        opened = await visitor.post("/command", as_="maya", place="ml-theory", text=text)
        assert "127.0.0.1" in opened.location
        assert (await visitor.get()).offers["vote"] == "Vote as Devi"
        devi = world.members["devi"]
        shown = (await devi.click(channel.last_message, label="Vote")).response
        choice = next(each for each in walk_components(shown.components) if each.get("options"))
        await devi.select(shown, [choice["options"][3]["value"]])
        page = await visitor.get()
        assert (page.done, page.offers["vote"]) == ([], "Let the others vote")
        await step(visitor, "vote")
        page = await visitor.get("/?as=maya")
        assert (page.done, page.offers["vote"]) == (["vote"], "Look at the ballot as Devi")
        assert "Saved: you chose 1 topic. 🇦" in page.place("ml-theory")

        await step(visitor, "schedule")
        page = await visitor.get()
        assert (page.done, page.offers["schedule"]) == (["vote"], "Look at the count as Maya")
        await step(visitor, "schedule")
        page = await visitor.get("/?as=maya")
        assert "Publish" in page.place("ml-theory")
        assert visitor.hub.stage.troubles == 0


async def test_what_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        world = visitor.hub.stage.world
        for number in range(1, 7):
            options = {"number": number, "reason": "holidays"}
            maya, channel = world.members["maya"], world.channels["ml-theory"]
            shown = await maya.slash(channel, "session cancel", **options)
            await maya.click(shown.response, label="Cancel the session")
        page = await visitor.press("/time", by="next")
        assert page.notice == "Nothing is planned: let Maya open and close a ballot first."
        assert visitor.hub.stage.now() == WEDNESDAY


async def test_a_busy_demo_queues_what_is_asked_of_it(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        forms = [visitor.post("/time", by="hour") for _ in range(3)]
        forms += [visitor.post("/open", as_=key, place="dm") for key in ("ben", "clara")]
        forms += [visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")]
        assert {page.status for page in await asyncio.gather(*forms)} == {303}
        assert visitor.hub.stage.now() == WEDNESDAY + timedelta(hours=3)

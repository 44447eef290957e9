"""Simulated time, and who learns what has happened in it."""

import re
from datetime import timedelta
from pathlib import Path

from bot.demo.facts import find_poll
from tests.demo.visitor import WEDNESDAY, Visitor, visiting


async def badges(visitor: Visitor) -> dict[str, int]:
    source = (await visitor.get("/")).source
    people = source[source.index('<section class="eyes"') : source.index('<div class="room"')]
    found = re.findall(r'<strong>(\w+)\s*<span class="badge"[^>]*>(\d+)<', people)
    return {name: int(count) for name, count in found}


async def test_an_open_page_learns_what_is_new_until_somebody_looks(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        before = await visitor.get("/pulse?as=ben")
        assert before == await visitor.get("/pulse?as=ben")
        assert await badges(visitor) == {}

        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        assert before != await visitor.get("/pulse?as=ben")
        live = await visitor.get("/live?as=ben")
        assert "what shall we hear next?" in live.place("ml-theory")
        assert "<html" not in live.source
        assert await badges(visitor) == {"Ben": 1, "Clara": 1, "Devi": 1, "Kenji": 1}

        await visitor.post("/open", as_="devi", place="ml-theory")
        assert await badges(visitor) == {"Ben": 1, "Clara": 1, "Kenji": 1}


async def test_a_deleted_ballot_is_found_as_time_moves(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        stage = visitor.hub.stage
        ballot = await find_poll(stage.world, stage.bot.db)
        assert ballot is not None
        assert ballot.message is not None
        stage.env.backend.delete_message(ballot.message.channel_id, ballot.message.id)
        page = await visitor.press("/time", as_="maya", by="hour")
        assert "ML Theory: a ballot is gone" in page.place("dm")


async def test_time_moves_only_when_told_and_events_on_the_way_keep_their_instants(
    tmp_path: Path,
) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.press("/time", as_="clara", by="hour")
        assert page.notice == "1 hour later: 11:30 for Clara. Lectern had nothing to say."
        page = await visitor.press("/time", as_="clara", by="day")
        assert (
            page.notice == "1 day later: Thu 26 Nov, 11:30 for Clara. Lectern had nothing to say."
        )
        assert (await visitor.get("/?as=clara")).notice == ""
        stage = visitor.hub.stage
        assert stage.now() == WEDNESDAY + timedelta(days=1, hours=1)

        for _ in range(10):
            await visitor.post("/time", by="day")
        direct = stage.env.backend.dm_channels[stage.world.members["clara"].id]
        messages = stage.env.backend.messages[direct].values()
        assert [message.timestamp[:16] for message in messages] == [
            "2026-11-28T21:00",
            "2026-12-04T21:00",
            "2026-12-05T20:00",
        ]
        assert stage.now() == WEDNESDAY + timedelta(days=11, hours=1)
        assert stage.troubles == 0


async def test_the_next_event_may_be_a_reminder_or_the_beginning_of_a_session(
    tmp_path: Path,
) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.press("/time", as_="clara", by="next")
        assert page.notice == (
            "3 days later: Sat 28 Nov, 22:00 for Clara. "
            "Lectern wrote in #ml-theory, Clara’s messages."
        )
        assert visitor.hub.stage.now() == WEDNESDAY + timedelta(days=3, hours=11, minutes=30)
        pages = [await visitor.press("/time", as_="maya", by="next") for _ in range(4)]
        assert [page.notice for page in pages] == [
            "6 days later: Fri 4 Dec, 2:00 PM for Maya. "
            "Lectern wrote in #ml-theory, Clara’s messages, Devi’s messages.",
            "23 hours later: Sat 5 Dec, 1:00 PM for Maya. "
            "Lectern wrote in #ml-theory, Ben’s messages, Clara’s messages.",
            "50 minutes later: 1:50 PM for Maya. Lectern wrote in #ml-theory, Ben’s messages.",
            "10 minutes later: 2:00 PM for Maya. “ML Theory #1” has begun.",
        ]

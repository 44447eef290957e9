"""The hub over HTTP: what it shows, what it refuses, and what its forms do."""

import re
from datetime import timedelta
from pathlib import Path

import aiohttp
import aiohttp.web
import pytest

from bot.demo.hub import Hub
from bot.demo.serving import demo_bot
from bot.demo.stage import Stage
from bot.settings import Settings
from tests.demo.visitor import WEDNESDAY, Visitor, visiting

FORMS = ("/open", "/command", "/react", "/time", "/step")


async def test_the_hub_shows_the_world_through_the_lead_s_eyes_at_first(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.get("/")
        assert page.text == (await visitor.get("/?as=maya")).text
        assert "09:30 UTC Wednesday 25 November 2026 2:30 AM Maya, Denver" in page.text
        assert page.done == []
        assert page.offers == {
            "pitch": "Pitch as Ben",
            "vote": "Open a ballot as Maya",
            "schedule": "Close the ballot as Maya",
            "remind": "To the first reminder",
            "discuss": "To the end of the talk",
        }
        assert page.place("ml-theory") == (
            "3 earlier "
            "Lectern APP Mon 23 Nov, 8:30 PM 💡 Dense retrieval: embeddings or keywords? "
            "Two encoders and a dot product against forty years of word counts. "
            "📎 arXiv 2004.04906 🎤 @Devi ✏️ Edit Withdraw "
            "Pitched by @Devi . The author can edit it or take it back until a ballot opens. "
            "Lectern APP Tue 24 Nov, 10:30 AM 💡 Grokking: insight after memorising "
            "I would love to hear this from somebody who has tried to reproduce it. "
            "📎 arXiv 2201.02177 🎤 speaker wanted ✏️ Edit Withdraw "
            "Pitched by @Kenji . The author can edit it or take it back until a ballot opens."
        )
        assert "ML Theory #1 Sat 5 Dec, 2:00 PM · in 10 days" in page.text
        assert "Lectern acts next in 3 days (Sat 28 Nov, 2:00 PM)." in page.text


async def test_nobody_s_private_answers_are_left_from_before(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        stage = visitor.hub.stage
        left = [m for one in stage.env.backend.messages.values() for m in one.values()]
        assert [m for m in left if m.is_ephemeral] == []
        assert len(left) == 5
        assert stage.troubles == 0


UNKNOWN = [
    ("/nowhere", {}, 404, "There is no such page in the demo."),
    ("/?as=nobody", {}, 404, "Nobody of that name lives in the demo."),
    ("/pulse?as=nobody", {}, 404, "Nobody of that name lives in the demo."),
    ("/open", {"as": "nobody"}, 404, "Nobody of that name lives in the demo."),
    ("/open", {"as": "ben", "place": "moon"}, 404, "There is no such place in the demo."),
    ("/command", {"as": "ben", "place": ""}, 404, "There is no such place in the demo."),
    ("/step", {"step": "dance"}, 404, "The guided path has no such step."),
    ("/step", {}, 404, "The guided path has no such step."),
    ("/time", {"by": "year"}, 404, "Time moves by an hour, by a day or to the next event."),
    (
        "/react",
        {"place": "ml-theory", "message": "٣", "emoji": "🇦"},
        404,
        "There is no such message in the demo.",
    ),
    ("/command", {"text": "x" * 70_000}, 413, "That is more than a form of the demo takes."),
]


async def test_what_does_not_exist_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        for path, form, status, sentence in UNKNOWN:
            page = await (
                visitor.post(path, **form) if form or path in FORMS else visitor.get(path)
            )
            assert (path, page.status, page.text) == (
                path,
                status,
                f"Lectern demo {sentence} Back to the demo",
            )
        assert visitor.hub.stage.now() == WEDNESDAY

        for path in FORMS:
            page = await visitor.get(path)
            assert (path, page.status) == (path, 405)
            assert "This address takes a form, not a visit." in page.text


FOREIGN = {"Origin": "http://elsewhere.example"}, {"Origin": "null"}, {"Host": "elsewhere.example"}


async def test_other_sites_can_neither_read_nor_press(tmp_path: Path) -> None:
    sentence = (
        "Lectern demo This page answers only to the browser of this machine. Back to the demo"
    )
    async with visiting(tmp_path) as visitor:
        for headers in FOREIGN:
            for path in FORMS:
                page = await visitor.post(path, headers=headers, by="hour")
                assert (page.status, page.text) == (403, sentence)
            page = await visitor.get("/", **headers)
            assert (page.status, page.text) == (403, sentence)
        own = {"Origin": visitor.hub.url.rstrip("/")}
        assert (await visitor.post("/time", headers=own, by="hour")).status == 303
        assert visitor.hub.stage.now() == WEDNESDAY + timedelta(hours=1)


async def test_a_form_without_this_demo_s_token_is_refused(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        for token in ("", "wrong", "ключ"):
            visitor.token = token
            for path in FORMS:
                page = await visitor.post(path, by="hour")
                assert page.status == 403
                assert "This form is from an earlier demo: reload the page." in page.text
        assert visitor.hub.stage.now() == WEDNESDAY


async def test_answers_keep_other_sites_and_scripts_out(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor, aiohttp.ClientSession() as session:
        for path in ("", "nowhere"):
            async with session.get(visitor.hub.url + path) as answer:
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cache-Control"] == "no-store"
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'nonce-")


async def test_machines_without_emoji_get_some(tmp_path: Path) -> None:
    async with (
        visiting(tmp_path) as visitor,
        aiohttp.ClientSession() as session,
        session.get(visitor.hub.url + "emoji.ttf") as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "font/ttf")
        assert (await answer.read())[:4] == b"\0\1\0\0"


COMMANDS = [
    ("/flub 3", "There is no command “/flub 3” here: choose one from the list."),
    ("", "There is no command “/” here: choose one from the list."),
    ("/help me please", "This command takes no options: leave out “me please”."),
    (
        "ballot open seats",
        "Write options as name:value, with one of these names: "
        "sessions, talks, days, closes, rule, private, hidden, review, limit, role, quorum, group.",
    ),
    (
        "/ballot open sessions:many",
        "“many” can't be used for sessions: write a number from 1 to 6.",
    ),
    ("/me reminders clock:25", "“25” can't be used for clock: write one of 22:00, 10:00 PM."),
    ("/me timezone", "/me timezone needs more: write city:…"),
    ("/session move", "/session move needs more: write to:…"),
    (
        "/group leads person:zoe",
        "There is no member “zoe”: write one of maya, ben, clara, devi, kenji.",
    ),
    (
        "/group edit channel:#moon",
        "There is no channel “#moon”: write one of ml-theory, general, talk-discussions.",
    ),
    ("/ballot open sessions:99", "“99” can't be used for sessions: write a number from 1 to 6."),
]


async def test_a_mistyped_command_gets_a_sentence(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        for text, sentence in COMMANDS:
            page = await visitor.press("/command", as_="maya", place="ml-theory", text=text)
            assert (text, page.notice) == (text, sentence)


async def test_a_command_s_answer_is_seen_by_the_asker_alone(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        answer = await visitor.post("/command", as_="clara", place="ml-theory", text="/topics")
        assert answer.status == 303
        assert "Topics of ML Theory" in (await visitor.get("/?as=clara")).place("ml-theory")
        assert "Topics of ML Theory" not in (await visitor.get("/?as=ben")).place("ml-theory")


async def test_the_window_shows_discord_with_a_way_back(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        first = (await visitor.post("/open", as_="ben", place="ml-theory")).location
        page = await visitor.get(first)
        assert f'href="{visitor.hub.url}?as=ben">← Lectern demo</a>' in page.source
        assert "<title>ml-theory as Ben</title>" in page.source
        base = first[: first.index("/", len("http://"))]
        assert "#lectern-back" in (await visitor.get(f"{base}/preview.css")).source
        assert "MutationObserver" in (await visitor.get(f"{base}/app.js")).source
        actions = (await visitor.get(f"{base}/actions.js")).source
        assert "mayWait" in actions
        assert "Viewport updated" not in actions

        second = (await visitor.post("/open", as_="clara", place="dm")).location
        assert "as Clara</title>" in (await visitor.get(second)).source
        with pytest.raises(aiohttp.ClientConnectionError):
            await visitor.get(first)


async def test_places_are_new_until_somebody_looks(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        assert await badges(visitor) == {}
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        assert await badges(visitor) == {"Ben": 1, "Clara": 1, "Devi": 1, "Kenji": 1}
        await visitor.post("/open", as_="devi", place="ml-theory")
        assert await badges(visitor) == {"Ben": 1, "Clara": 1, "Kenji": 1}


async def badges(visitor: Visitor) -> dict[str, int]:
    source = (await visitor.get("/")).source
    people = source[source.index('<section class="eyes"') : source.index('<div class="room"')]
    found = re.findall(r'<strong>(\w+)\s*<span class="badge"[^>]*>(\d+)<', people)
    return {name: int(count) for name, count in found}


async def test_reactions_are_put_and_taken_back(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        page = await visitor.get("/?as=devi")
        message = re.findall(r'name="message" value="(\d+)"', page.source)[-1]

        async def press(letter: str) -> str:
            form = {"as": "devi", "place": "ml-theory", "message": message, "emoji": letter}
            return (await visitor.press("/react", **form)).place("ml-theory").rpartition(". ")[2]

        assert await press("🇧") == "🇦 1 🇧 2 🇨 1 🇩 1"
        assert await press("🇩") == "🇦 1 🇧 2 🇨 1 🇩 2"
        assert await press("🇧") == "🇦 1 🇧 1 🇨 1 🇩 2"


async def test_reactions_that_nobody_can_give_get_a_sentence(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        source = (await visitor.get("/?as=devi")).source
        message = re.findall(r'name="message" value="(\d+)"', source)[-1]
        form = {"as": "devi", "place": "ml-theory"}
        page = await visitor.press("/react", **form, message=message, emoji="🥔")
        assert page.notice == "Nobody has put 🥔 there: press one of the letters shown."
        page = await visitor.press("/react", **form, message="12", emoji="🇦")
        assert page.notice == "Discord says no: Unknown Message."


async def test_time_moves_only_when_told(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.press("/time", as_="clara", by="hour")
        assert page.notice == "1 hour later: 11:30 for Clara. Lectern had nothing to say."
        page = await visitor.press("/time", as_="clara", by="day")
        assert (
            page.notice == "1 day later: Thu 26 Nov, 11:30 for Clara. Lectern had nothing to say."
        )
        page = await visitor.press("/time", as_="clara", by="next")
        assert page.notice == (
            "2 days later: Sat 28 Nov, 22:00 for Clara. "
            "Lectern wrote in #ml-theory, Clara’s messages."
        )
        assert (await visitor.get("/?as=clara")).notice == ""
        assert visitor.hub.stage.now() == WEDNESDAY + timedelta(days=3, hours=11, minutes=30)


async def test_every_event_on_the_way_happens_at_its_own_instant(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        for _ in range(11):
            await visitor.post("/time", by="day")
        stage = visitor.hub.stage
        direct = stage.env.backend.dm_channels[stage.world.members["clara"].id]
        messages = stage.env.backend.messages[direct].values()
        assert [message.timestamp[:16] for message in messages] == [
            "2026-11-28T21:00",
            "2026-12-04T21:00",
            "2026-12-05T20:00",
        ]
        assert stage.troubles == 0


async def test_the_next_event_may_be_the_beginning_of_a_session(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        pages = [await visitor.press("/time", as_="maya", by="next") for _ in range(5)]
        assert [page.notice for page in pages] == [
            "3 days later: Sat 28 Nov, 2:00 PM for Maya. "
            "Lectern wrote in #ml-theory, Clara’s messages.",
            "6 days later: Fri 4 Dec, 2:00 PM for Maya. "
            "Lectern wrote in #ml-theory, Clara’s messages, Devi’s messages.",
            "23 hours later: Sat 5 Dec, 1:00 PM for Maya. "
            "Lectern wrote in #ml-theory, Ben’s messages, Clara’s messages.",
            "50 minutes later: 1:50 PM for Maya. Lectern wrote in #ml-theory, Ben’s messages.",
            "10 minutes later: 2:00 PM for Maya. “ML Theory #1” has begun.",
        ]


async def test_an_open_page_learns_that_something_has_happened(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        before = await visitor.get("/pulse?as=ben")
        assert before == await visitor.get("/pulse?as=ben")
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        assert before != await visitor.get("/pulse?as=ben")
        live = await visitor.get("/live?as=ben")
        assert "what shall we hear next?" in live.place("ml-theory")
        assert "<html" not in live.source


async def test_what_members_write_is_only_text_in_the_page(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        world = visitor.hub.stage.world
        ben, channel = world.members["ben"], world.channels["ml-theory"]
        form = {"title": "<script>alert(1)</script>", "why": '"><img src=x onerror=alert(1)>'}
        await ben.submit_modal(await ben.slash(channel, "pitch"), form)
        page = await visitor.get("/?as=ben")
        assert "<script>alert" not in page.source
        assert "<img" not in page.source
        assert "<script>alert(1)</script>" in page.place("ml-theory")


async def test_a_bug_is_answered_with_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(demo_bot(Settings(_env_file=None), tmp_path), WEDNESDAY)
    hub = Hub(stage)
    runner = aiohttp.web.AppRunner(hub.application())
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.listen_on(runner.addresses[0][1])
    try:
        async with aiohttp.ClientSession() as session:
            page = await Visitor(hub, session).get("/")
    finally:
        await runner.cleanup()
    sentence = "Something went wrong in the demo: its terminal says more."
    assert (page.status, page.text) == (500, f"Lectern demo {sentence} Back to the demo")
    assert "the stage is not set" in caplog.text

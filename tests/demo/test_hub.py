"""The hub over HTTP: what it shows and what it refuses."""

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import aiohttp.web
import pytest
import pytest_asyncio

from bot.demo.hub import Hub
from bot.demo.serving import demo_bot
from bot.demo.stage import Stage
from bot.settings import Settings
from tests.demo.visitor import WEDNESDAY, Visitor, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORMS = ("/open", "/command", "/react", "/time", "/step")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitor]:
    """One for all, as nobody here says or moves anything."""
    async with visiting(tmp_path_factory.mktemp("demo")) as visitor:
        yield visitor


async def test_the_hub_shows_the_world_through_the_lead_s_eyes_at_first(visitor: Visitor) -> None:
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
    assert "Lectern’s next job is due in 3 days (Sat 28 Nov, 2:00 PM); it may" in page.text


async def test_nobody_s_private_answers_are_left_from_before(visitor: Visitor) -> None:
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


async def test_what_does_not_exist_is_said_in_a_sentence(visitor: Visitor) -> None:
    for path, form, status, sentence in UNKNOWN:
        page = await (visitor.post(path, **form) if form or path in FORMS else visitor.get(path))
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


async def test_other_sites_can_neither_read_nor_press(visitor: Visitor) -> None:
    sentence = (
        "Lectern demo This page answers only to the browser of this machine. Back to the demo"
    )
    for headers in FOREIGN:
        for path in FORMS:
            page = await visitor.post(path, headers=headers, by="hour")
            assert (page.status, page.text) == (403, sentence)
        page = await visitor.get("/", **headers)
        assert (page.status, page.text) == (403, sentence)
    assert visitor.hub.stage.now() == WEDNESDAY
    own = {"Origin": visitor.hub.url.rstrip("/")}
    assert (await visitor.post("/open", headers=own, as_="ben", place="dm")).status == 303


async def test_a_form_without_this_demo_s_token_is_refused(visitor: Visitor) -> None:
    for token in ("", "wrong", "ключ"):
        for path in FORMS:
            page = await visitor.post(path, token=token, by="hour")
            assert page.status == 403
            assert "This form is from an earlier demo: reload the page." in page.text
    assert visitor.hub.stage.now() == WEDNESDAY


async def test_answers_keep_other_sites_and_scripts_out(visitor: Visitor) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "nowhere"):
            async with session.get(visitor.hub.url + path) as answer:
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cache-Control"] == "no-store"
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'nonce-")


async def test_machines_without_emoji_get_some(visitor: Visitor) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(visitor.hub.url + "emoji.ttf") as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "font/ttf")
        assert (await answer.read())[:4] == b"\0\1\0\0"


async def test_the_demo_has_an_icon_in_the_browser_s_tab(visitor: Visitor) -> None:
    link = '<link rel="icon" type="image/svg+xml" href="{}/icon.svg">'
    hub = visitor.hub.url.rstrip("/")
    assert link.format("") in (await visitor.get()).source
    window = (await visitor.post("/open", as_="ben", place="ml-theory")).location
    assert link.format(hub) in (await visitor.get(window)).source
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{hub}/icon.svg") as answer:
            assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        async with session.get(window) as answer:
            policy = answer.headers["Content-Security-Policy"]
    assert f"img-src {hub}/icon.svg 'self' blob:; " in policy


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
        "“zoe” is no member of this server: write one of maya, ben, clara, devi, kenji.",
    ),
    (
        "/group edit channel:#moon",
        "“#moon” is no channel for this: write one of ml-theory, general.",
    ),
    (
        "/group edit forum:#general",
        "“#general” is no channel for this: write one of talk-discussions.",
    ),
    (
        "/ballot open role:@moon",
        "“@moon” is no role of this server: write one of @everyone, Lectern.",
    ),
    ("/ballot open hidden:maybe", "“maybe” can't be used for hidden: write yes or no."),
    ("/ballot open sessions:99", "“99” can't be used for sessions: write a number from 1 to 6."),
]


async def test_a_mistyped_command_gets_a_sentence(visitor: Visitor) -> None:
    for text, sentence in COMMANDS:
        page = await visitor.press("/command", as_="maya", place="ml-theory", text=text)
        assert (text, page.notice) == (text, sentence)

    page = await visitor.press("/command", as_="devi", place="dm", text="/pitch")
    assert page.notice == (
        "These are direct messages: Lectern’s commands are used in the channels of its server, "
        "for example in #ml-theory."
    )


async def test_the_window_shows_discord_with_a_way_back(visitor: Visitor) -> None:
    first = (await visitor.post("/open", as_="ben", place="ml-theory")).location
    page = await visitor.get(first)
    assert re.search(
        rf'href="{visitor.hub.url}\?as=ben" [^>]*>← Lectern demo</a><div class="', page.source
    )
    world = visitor.hub.stage.world
    channel = f"https://discord.com/channels/{world.guild.id}/{world.channels['general'].id}"
    (places,) = re.findall('data-places="(.*?)"', page.source)
    assert json.loads(html.unescape(places))[channel] == [
        f"{visitor.hub.url}?as=ben#place-general",
        "#general",
    ]
    assert "<title>ml-theory as Ben</title>" in page.source
    base = first[: first.index("/", len("http://"))]
    style = (await visitor.get(f"{base}/preview.css")).source
    assert "#lectern-back" in style
    assert 'unicode-range: U+0590-05FF, U+FB1D-FB4F; src: url("/fonts/noto-sans-hebrew' in style
    assert style.count("unicode-range") == 7
    script = (await visitor.get(f"{base}/app.js")).source
    assert "MutationObserver" in script
    assert "dataset.places" in script
    selects = (await visitor.get(f"{base}/selects.js")).source
    assert '"What you choose"' in selects
    assert "SimCord" not in selects
    ended = "This window has ended, as another was opened"
    assert ended in script
    assert ".slice(0, 1)" in (await visitor.get(f"{base}/presentation.js")).source
    actions = (await visitor.get(f"{base}/actions.js")).source
    assert "mayWait" in actions
    assert ended in actions
    assert "Viewport updated" not in actions


async def test_a_new_window_takes_the_place_of_the_old_one_whose_key_fits_no_more(
    visitor: Visitor,
) -> None:
    first = (await visitor.post("/open", as_="ben", place="ml-theory")).location
    second = (await visitor.post("/open", as_="clara", place="dm")).location
    base, _, secret = second.partition("#")
    assert base == first.partition("#")[0]
    assert "as Clara</title>" in (await visitor.get(base)).source
    for key, status in ((first.partition("#")[2], 401), (secret, 200)):
        headers = {"X-Simcord-Capability": key, "X-Simcord-Context": "python"}
        assert (await visitor.get(f"{base}api/state", **headers)).status == status
    async with aiohttp.ClientSession() as session:
        for path, kept in (("app.js", "max-age=600"), ("", "no-store")):
            async with session.get(base + path) as answer:
                assert answer.headers["Cache-Control"] == kept


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

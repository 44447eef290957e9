"""What the forms of the hub do, and how it looks afterwards."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.demo.visitor import Page, Visitor, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitor]:
    """One for all, with a ballot under which everybody leaves the letters as they were."""
    async with visiting(tmp_path_factory.mktemp("demo")) as visitor:
        await visitor.post("/command", as_="maya", place="ml-theory", text="/ballot open")
        yield visitor


async def ballot(visitor: Visitor) -> str:
    """The message with letters that Devi sees."""
    source = (await visitor.get("/?as=devi")).source
    return source.rpartition('name="message" value="')[2].partition('"')[0]


def letters(page: Page) -> str:
    """The letters of the ballot with their votes."""
    return " ".join(re.findall(r"[🇦-🇹] \d", page.place("ml-theory")))


async def test_a_command_s_answer_is_seen_by_the_asker_alone(visitor: Visitor) -> None:
    answer = await visitor.post("/command", as_="clara", place="ml-theory", text="/topics")
    assert answer.status == 303
    assert "Topics of ML Theory" in (await visitor.get("/?as=clara")).place("ml-theory")
    assert "Topics of ML Theory" not in (await visitor.get("/?as=ben")).place("ml-theory")


async def test_reactions_are_put_and_taken_back(visitor: Visitor) -> None:
    message = await ballot(visitor)

    async def press(letter: str) -> str:
        form = {"as": "devi", "place": "ml-theory", "message": message, "emoji": letter}
        return letters(await visitor.press("/react", **form))

    assert await press("🇧") == "🇦 1 🇧 2 🇨 1 🇩 1"
    assert await press("🇩") == "🇦 1 🇧 2 🇨 1 🇩 2"
    assert await press("🇧") == "🇦 1 🇧 1 🇨 1 🇩 2"
    assert await press("🇩") == "🇦 1 🇧 1 🇨 1 🇩 1"


async def test_reactions_that_nobody_can_give_get_a_sentence(visitor: Visitor) -> None:
    form = {"as": "devi", "place": "ml-theory"}
    page = await visitor.press("/react", **form, message=await ballot(visitor), emoji="🥔")
    assert page.notice == "Nobody has put 🥔 there: press one of the letters shown."
    page = await visitor.press("/react", **form, message="12", emoji="🇦")
    assert page.notice == "Discord says no: Unknown Message."


async def test_what_members_write_is_only_text_in_the_page(visitor: Visitor) -> None:
    world = visitor.hub.stage.world
    ben, channel = world.members["ben"], world.channels["ml-theory"]
    form = {"title": "<script>alert(1)</script>", "why": '"><img src=x onerror=alert(1)>'}
    await ben.submit_modal(await ben.slash(channel, "pitch"), form)
    page = await visitor.get("/?as=ben")
    assert "<script>alert" not in page.source
    assert "<img" not in page.source
    assert "<script>alert(1)</script>" in page.place("ml-theory")


async def test_a_window_on_direct_messages_knows_people_and_channels(visitor: Visitor) -> None:
    members = visitor.hub.stage.world.members
    await members["clara"].send_dm(f"Thanks to <@{members['maya'].id}>")
    for _ in range(2):
        await visitor.post("/time", as_="clara", by="day")
    assert "the vote closes soon" in (await visitor.get("/?as=clara")).place("dm")
    window = (await visitor.post("/open", as_="clara", place="dm")).location
    base, _, secret = window.partition("#")
    headers = {"X-Simcord-Capability": secret, "X-Simcord-Context": "python"}
    state = (await visitor.get(f"{base}api/state", **headers)).source
    assert {"@Maya", "#ml-theory"} <= set(re.findall(r'"label": ?"(.*?)"', state))

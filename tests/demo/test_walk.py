"""A newcomer walks the five steps in a real browser, with nothing but what `lectern demo` prints.

`make pictures` takes the README's pictures on the way.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

from tests.demo.test_serving import address_of, start_demo

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("LECTERN_PICTURES")
"""Where pictures are put; they are taken only where this is named."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
PATIENCE_MS = 15_000


EMOJI_WIDTHS = """(selector) => {
  const shown = document.querySelector(selector), range = document.createRange();
  range.setStart(shown.firstChild, 0);
  range.setEnd(shown.firstChild, shown.textContent.indexOf(" "));
  return range.getBoundingClientRect().width / parseFloat(getComputedStyle(shown).fontSize);
}"""
"""How wide the first word is that the selector finds, in ems."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserContext]:
    """Debian's Chromium, which keeps what it has loaded from page to page."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sentence = "There is no chromium here: `apt-get install chromium` lets this test walk."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser.new_context(viewport={"width": 1280, "height": 1460})
        browser.close()


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """A page that may not meet any error on its way."""
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "response",
        lambda answer: wrong.append(answer.url) if answer.status >= 400 else None,
    )
    yield page
    page.close()
    assert wrong == []


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo that was started as a visitor starts it, and ended by Ctrl+C.

    One for all, as starts are most of the work: those who only look around come first.
    """
    with start_demo(tmp_path_factory.mktemp("demo"), "--no-browser", "--port", "0") as demo:
        yield address_of(demo)
        demo.send_signal(signal.SIGINT)
        rest = demo.communicate(timeout=20)
    assert (demo.returncode, *rest) == (0, "", "")


def step(page: Page, key: str) -> Locator:
    """One step of the guided path."""
    return page.locator(f"#step-{key}")


def expect_done(page: Page, *keys: str) -> None:
    """Exactly these steps are ticked."""
    expect(page.locator(".path .done")).to_have_count(len(keys))
    for key in keys:
        expect(page.locator(f"#step-{key}.done")).to_be_visible()


def newest(page: Page) -> Locator:
    """The newest message in the Discord window."""
    return page.locator("#channel-message-list > .channel-message").last


def go_back(page: Page) -> None:
    """Leave the Discord window for the hub."""
    page.get_by_role("link", name="Lectern demo").click()
    expect(page.get_by_role("heading", name="A round of a reading group")).to_be_visible()


def take_picture(subject: Page | Locator, name: str) -> None:
    """Keep what is seen now, where pictures are asked for."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        subject.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled")


def expect_picture(inside: Locator, words: str) -> None:
    """A picture with these words is shown, and not only its words."""
    picture = inside.locator(f"img[alt*='{words}']")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", value=True)
    expect(picture).to_have_js_property("naturalWidth", value=1024)


def card_of(message: Locator) -> Locator:
    """The card in a message."""
    return message.locator(".component-container")


def test_the_hub_fits_a_phone(page: Page, hub: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(hub)
    expect(page.get_by_role("button", name="Pitch as Ben")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    # The first emoji of each size, too: a box in its place is narrower.
    page.evaluate("document.fonts.ready")
    assert page.evaluate(EMOJI_WIDTHS, ".said .h3") >= 1
    assert page.evaluate(EMOJI_WIDTHS, ".controls span") >= 1
    page.get_by_role("button", name="Open as Maya").first.click()
    expect(newest(page)).to_contain_text("Grokking")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_open_hub_follows_what_happens_elsewhere(page: Page, hub: str) -> None:
    page.goto(f"{hub}?as=ben")
    other = page.context.new_page()
    other.goto(hub)
    other.get_by_role("button", name="Open as Maya").first.click()
    other.get_by_placeholder("Message #").fill("Who has read it already?")
    other.keyboard.press("Enter")
    expect(newest(other)).to_contain_text("Who has read it already?")
    expect(page.locator("#place-ml-theory")).to_contain_text("Who has read it already?")
    assert page.url == f"{hub}?as=ben"
    other.close()


def test_a_newcomer_takes_part_in_a_whole_round(page: Page, hub: str) -> None:
    page.goto(hub)
    expect(page.locator(".path li")).to_have_count(5)
    expect_done(page)

    pitch(page)
    expect_done(page, "pitch")

    vote(page)
    expect_done(page, "pitch", "vote")

    schedule(page)
    expect_done(page, "pitch", "vote", "schedule")

    be_reminded(page)
    expect_done(page, "pitch", "vote", "schedule", "remind")

    discuss(page)
    expect_done(page, "pitch", "vote", "schedule", "remind", "discuss")
    expect(page.get_by_text("That was a whole round.")).to_be_visible()


def pitch(page: Page) -> None:
    """As Ben, by the first step's button and the form that it opens."""
    step(page, "pitch").get_by_role("button", name="Pitch as Ben").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill("The lottery ticket hypothesis")
    form.get_by_label("Why is it worth an hour?").fill("Small networks hide in large ones.")
    form.get_by_label("Links, arXiv ids or DOIs").fill("1803.03635")
    form.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Your pitch is in")).to_be_visible()
    expect(newest(page)).to_contain_text("💡 The lottery ticket hypothesis")
    expect(newest(page)).to_be_in_viewport()
    expect(newest(page).get_by_role("link", name="arXiv 1803.03635")).to_have_attribute(
        "href", "https://arxiv.org/abs/1803.03635"
    )
    go_back(page)


def vote(page: Page) -> None:
    """Maya opens the ballot, Devi votes in Discord, the others follow, Kenji on the hub."""
    step(page, "vote").get_by_role("button", name="Open a ballot as Maya").click()
    expect(newest(page)).to_contain_text("ML Theory: what shall we hear next?")
    go_back(page)
    expect_done(page, "pitch")

    step(page, "vote").get_by_role("button", name="Vote as Devi").click()
    letters = newest(page).locator(".message-reactions button")
    expect(letters).to_have_text(["🇦1", "🇧1", "🇨1", "🇩1", "🇪1"])
    letters.nth(0).click()
    letters.nth(4).click()
    expect(letters).to_have_text(["🇦2", "🇧1", "🇨1", "🇩1", "🇪2"])
    expect(letters.and_(page.locator("[aria-pressed=true]"))).to_have_count(2)
    go_back(page)
    expect_done(page, "pitch")

    page.get_by_role("link", name="Kenji").click()
    letters = page.locator("#place-ml-theory .reactions button")
    for number in (0, 2):
        letters.nth(number).click()
        expect(letters.nth(number)).to_have_attribute("aria-pressed", "true")
    step(page, "vote").get_by_role("button", name="Let the others vote").click()
    expect(page.get_by_text("Everybody has voted.")).to_be_visible()
    expect(letters).to_have_text(["🇦 5", "🇧 4", "🇨 2", "🇩 1", "🇪 4"])
    page.get_by_role("link", name="Kenji").click()
    take_picture(page, "demo")


def schedule(page: Page) -> None:
    """Maya closes the ballot; the winners stand in the server's calendar."""
    step(page, "schedule").get_by_role("button", name="Close the ballot as Maya").click()
    result = newest(page)
    expect(result).to_contain_text("ML Theory: the vote is counted")
    expect(result).to_contain_text("5 people voted.")
    expect(result).to_contain_text("The lottery ticket hypothesis")
    expect(result).to_be_in_viewport(ratio=0.5)
    expect_picture(result, "A Meta-learning: teaching a model to learn: 4 votes")
    take_picture(card_of(result), "result")
    go_back(page)
    expect_picture(page.locator("#place-ml-theory"), "5 people voted on 5 topics for 4 seats")
    calendar = page.locator(".side", has_text="Calendar of the server")
    expect(calendar.get_by_text("The lottery ticket hypothesis")).to_be_visible()
    expect(calendar.locator("li")).to_have_count(6)

    page.get_by_label("Slash command").fill("/sessions")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(newest(page)).to_contain_text("Sessions of ML Theory")
    with page.expect_download() as download:
        newest(page).get_by_role("button", name="Download sessions.ics").click()
    calendar_file = download.value.path().read_text(encoding="utf-8")
    assert calendar_file.startswith("BEGIN:VCALENDAR")
    assert "The lottery ticket hypothesis" in calendar_file.replace("\r\n ", "").replace("\n ", "")
    go_back(page)


def be_reminded(page: Page) -> None:
    """Time moves to the first reminder; Clara reads hers in Berlin's time."""
    step(page, "remind").get_by_role("button", name="To the first reminder").click()
    expect(page.locator(".notice")).to_contain_text(
        "Lectern wrote in #ml-theory, Clara’s messages."
    )
    step(page, "remind").get_by_role("button", name="Read Clara’s messages").click()
    expect(newest(page)).to_contain_text("🔔 ML Theory #1")
    expect(newest(page)).to_contain_text("22:00 in Berlin, in 1 week")
    expect(newest(page)).to_contain_text("Meta-learning: teaching a model to learn · @Maya")
    take_picture(card_of(newest(page)), "reminder")
    newest(page).get_by_role("button", name="Going").click()
    expect(newest(page)).to_contain_text("See you at session #1")
    go_back(page)
    channel = page.locator("#place-ml-theory")
    expect(channel).to_contain_text("🔔 ML Theory #1 in 1 week")
    for clock in ("2:00 PM in Denver", "4:00 PM in Boston", "Sunday 6:00 AM in Tokyo"):
        expect(channel).to_contain_text(clock)


def discuss(page: Page) -> None:
    """Time moves past the first talk; its post stands in the forum."""
    step(page, "discuss").get_by_role("button", name="To the end of the talk").click()
    expect(page.locator(".notice")).to_contain_text("“ML Theory #1: ")
    expect(page.locator(".notice")).to_contain_text(" has begun.")
    step(page, "discuss").get_by_role("button", name="Join in as Kenji").click()
    expect(page.locator("#channel-name")).to_contain_text("(ML Theory #1)")
    expect(newest(page)).to_contain_text("Slides and recording: post them here")
    page.get_by_placeholder("Message #").fill("It was worth getting up at six.")
    page.keyboard.press("Enter")
    expect(newest(page)).to_contain_text("It was worth getting up at six.")
    go_back(page)

"""Discord's Markdown as HTML, as much of it as cards use; everything else stays text."""

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

from bot.demo.flatten import NameOf
from bot.demo.people import Person, timestamp
from bot.demo.places import Links

_INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|\\(?P<escaped>[^\w\s]|_)"
    r"|<t:(?P<unix>-?\d{1,12})(?::(?P<style>[A-Za-z]))?>"
    r"|<(?P<kind>@!?|@&|#)(?P<id>\d{15,20})>"
    r"|<a?:(?P<emoji>\w{2,32}):\d{15,20}>"
    r"|</(?P<command>[\w -]{1,100}):\d+>"
    r"|\[(?P<label>[^\]\n]{1,300})\]\(<?(?P<href>https?://[^\s)<>]{1,500})>?\)"
    r"|<?(?P<url>https?://[^\s<>]{1,500})>?"
    r"|(?P<mark>\*\*|__|~~|\*|(?<!\w)_|_(?!\w))"
)
_TAGS = {
    "**": Markup("<strong>{}</strong>"),
    "__": Markup("<u>{}</u>"),
    "~~": Markup("<s>{}</s>"),
    "*": Markup("<em>{}</em>"),
    "_": Markup("<em>{}</em>"),
}
_PLACE = re.compile(r"(?P<channel>https://discord\.com/channels/\d+/\d+)(?P<message>/\d+)?")
_HEADING = re.compile(r"(#{1,3}|-#) +(.*)")
_ITEM_START = Markup('<p class="item">')
_ITEM = re.compile(r"( *)(?:[-*]|(\d{1,3})\.) +(.*)")


class Reader:
    """Renders text for one person: their zone, their habits, the names they see.

    `links` keep the reader in the demo where Discord's own addresses would lead out of it.
    """

    def __init__(self, person: Person, now: datetime, name_of: NameOf, links: Links) -> None:
        self._person = person
        self._now = now
        self._name_of = name_of
        self._links = links

    def render(self, text: str) -> Markup:
        """The text as HTML blocks, safe to place into a page."""
        blocks: list[Markup] = []
        paragraph: list[Markup] = []
        is_in_item = False
        for line in [*text.split("\n"), ""]:
            block = self._block(line)
            if block is None and is_in_item and line.startswith("  ") and line.strip():
                block = _item("", self.inline(line.strip()))
            is_in_item = block is not None and block.startswith(_ITEM_START)
            if block is None and line.strip():
                paragraph.append(self.inline(line))
                continue
            if paragraph:
                blocks.append(Markup("<p>{}</p>").format(Markup("<br>").join(paragraph)))
                paragraph = []
            if block is not None:
                blocks.append(block)
        return Markup("").join(blocks)

    def _block(self, line: str) -> Markup | None:
        if heading := _HEADING.fullmatch(line):
            mark, words = heading.groups()
            if mark == "-#":
                return Markup('<p class="small">{}</p>').format(self.inline(words))
            return Markup('<p class="h{}">{}</p>').format(len(mark), self.inline(words))
        if item := _ITEM.fullmatch(line):
            bullet = f"{item[2]}." if item[2] else "•"
            return _item(bullet, self.inline(item[3]))
        if line.startswith("> "):
            return Markup("<blockquote>{}</blockquote>").format(self.inline(line[2:]))
        return None

    def inline(self, text: str) -> Markup:
        """One line as HTML; marks without a partner stay as they are."""
        pieces: list[Markup] = []
        opened: list[tuple[str, int]] = []
        position = 0
        for found in _INLINE.finditer(text):
            pieces.append(escape(text[position : found.start()]))
            position = found.end()
            if mark := found["mark"]:
                _pair(mark, pieces, opened)
            else:
                pieces.append(self._span(found))
        pieces.append(escape(text[position:]))
        return Markup("").join(pieces)

    def _span(self, found: re.Match[str]) -> Markup:
        if found["unix"]:
            return self._time(found)
        if found["href"] or found["url"]:
            return self._link(found)
        if code := found["code"]:
            return Markup("<code>{}</code>").format(code[1:-1])
        if found["kind"] or found["command"]:
            name = f"/{found['command']}"
            if found["kind"]:
                name = self._name_of(found["kind"].removesuffix("!"), int(found["id"]))
            return Markup('<span class="mention">{}</span>').format(name)
        return escape(found["escaped"] or f":{found['emoji']}:")

    def _link(self, found: re.Match[str]) -> Markup:
        href = found["href"] or found["url"]
        label = self.inline(found["label"]) if found["label"] else None
        place = _PLACE.fullmatch(href)
        if place and place["channel"] in self._links:
            address, name = self._links[place["channel"]]
            label = label or escape(f"{name} › message" if place["message"] else name)
            return Markup('<a href="{}">{}</a>').format(address, label)
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
            href, label or escape(href)
        )

    def _time(self, found: re.Match[str]) -> Markup:
        try:
            moment = datetime.fromtimestamp(int(found["unix"]), UTC)
            shown = timestamp(moment, found["style"] or "f", self._person, self._now)
            full = timestamp(moment, "F", self._person, self._now)
        except (OverflowError, ValueError):  # a year that no calendar has
            return escape(found[0])
        return Markup('<time title="{}">{}</time>').format(full, shown)


def _item(bullet: str, content: Markup) -> Markup:
    return _ITEM_START + Markup("<span>{}</span><span>{}</span></p>").format(bullet, content)


def _pair(mark: str, pieces: list[Markup], opened: list[tuple[str, int]]) -> None:
    """Close the innermost mark if it is this one, else remember where it stands."""
    if opened and opened[-1][0] == mark:
        _, start = opened.pop()
        inside = Markup("").join(pieces[start + 1 :])
        pieces[start:] = [_TAGS[mark].format(inside)]
    else:
        opened.append((mark, len(pieces)))
        pieces.append(escape(mark))

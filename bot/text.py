"""Makes text written by members safe to show: cleaned, escaped for Discord's markdown, cut to size.

Every function is linear in its input; 4,000 hostile characters stay under 5 ms.
"""

import re
import unicodedata

MARKS_PER_BASE = 3
"""Enough for every living script as far as we know (Burmese and Vietnamese use three at most)."""

_JOINER = "\u200d"
_VARIATIONS = ("\ufe0e", "\ufe0f")
_KEYCAP_BASES = "0123456789#*"
# Letters and symbols that draw nothing, so a title made of them looks empty: the combining
# grapheme joiner, the Hangul fillers, the Khmer inherent vowels, the braille blank.
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_NEWLINES = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_SPACES_IN_LINE = re.compile(r"[^\S\n]+")
_SPACES_AT_EDGES = re.compile(r" ?\n ?")
_MANY_NEWLINES = re.compile(r"\n{3,}")

_MARKDOWN = re.compile(
    r"""
      (?P<url> (?<![^\s(]) https?://[A-Za-z0-9\-._~/?\#=&%+:;,]+ )
    | (?P<ping> <@ | @(?=(?i:everyone|here)) )
    | (?P<start> ^[ \t]* (?: [>\#+\-] | [0-9]{1,9}\. ) )
    | (?P<mark> [\\*_~|`\[\]<] )
    """,
    re.VERBOSE | re.MULTILINE,
)


def clean_line(text: str) -> str:
    """`text` as one line of visible characters in NFC; cleaning it again changes nothing.

    Gone: control, format and bidi characters, lone surrogates, characters that draw nothing,
    joiners and variation selectors outside emoji (flags made of tags lose their tags), and marks
    past MARKS_PER_BASE. Any white space becomes one space.
    """
    visible = _visible(_SPACES.sub(" ", text))
    return _SPACES.sub(" ", visible).strip(" ")


def clean_block(text: str) -> str:
    """`text` cleaned as by clean_line, but with its line breaks as LF, at most two in a row."""
    visible = _visible(_NEWLINES.sub("\n", text))
    lines = _SPACES_AT_EDGES.sub("\n", _SPACES_IN_LINE.sub(" ", visible))
    return _MANY_NEWLINES.sub("\n\n", lines).strip(" \n")


def escape(text: str) -> str:
    r"""Markdown that Discord shows as `text` itself: no style, no mention, no masked link, no ping.

    Plain http(s) URLs are left alone, so their host is always what is shown. A backslash alone
    does not stop a ping, since mentions are found in the raw text, so @ is also followed by U+200B.
    Up to twice as long as `text`: shorten first, escape last.
    """
    return _MARKDOWN.sub(_escaped, text)


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` UTF-16 code units, as Discord counts; ends in "…" where it was cut.

    Cuts between user-perceived characters only (approximating UAX #29), never inside an emoji, an
    accent, a flag or a surrogate pair.
    """
    if utf16_length(text) <= limit:
        return text
    if limit < 1:
        return ""
    return text[: _cut(text, limit - 1)].rstrip() + "…"


def quote(text: str, limit: int = 80) -> str:
    """`text` cleaned, shortened and in “quotation marks”, for quoting a value in a Refusal."""
    return f"“{shorten(clean_line(text), limit)}”"


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` takes, which is what Discord's limits count."""
    return len(text) + sum(character > "\uffff" for character in text)


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    match match.lastgroup:
        case "url":
            return found
        case "ping":
            return "\\<@\u200b" if found == "<@" else "@\u200b"
        case _:
            return f"{found[:-1]}\\{found[-1]}"


def _visible(text: str) -> str:
    if text.isascii():
        return "".join(filter(_is_shown_ascii, text))
    composed = unicodedata.normalize("NFC", _limit_marks(text))
    return unicodedata.normalize("NFC", _drop_invisible(composed))


def _is_shown_ascii(character: str) -> bool:
    return character.isprintable() or character.isspace()


def _limit_marks(text: str) -> str:
    # CPython's canonical ordering sorts a run of marks by insertion, so a long run is quadratic.
    # Eight leaves room for characters that NFC takes apart.
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= 8:
            kept.append(character)
    return "".join(kept)


def _drop_invisible(text: str) -> str:
    kept: list[str] = []
    previous, marks = "", 0
    for position, character in enumerate(text):
        category = unicodedata.category(character)
        if character == _JOINER:
            following = text[position + 1 : position + 2]
            is_kept = _ends_emoji(previous) and _is_pictograph(following)
        elif character in _VARIATIONS:
            is_kept = _is_pictograph(previous) or (previous != "" and previous in _KEYCAP_BASES)
        elif category in {"Mn", "Me"}:
            marks += 1
            is_kept = marks <= MARKS_PER_BASE and not _is_hidden(character, category)
        else:
            is_kept = character.isspace() or not _is_hidden(character, category)
            # A spacing mark (Mc) belongs to the base before it, so it does not start a new count.
            if is_kept and category != "Mc":
                marks = 0
        if is_kept:
            kept.append(character)
            previous = character
    return "".join(kept)


def _is_hidden(character: str, category: str) -> bool:
    point = ord(character)
    return (
        category in {"Cc", "Cf", "Cs"}
        or character in _BLANKS
        or 0x180B <= point <= 0x180F  # Mongolian variation selectors
        or 0xFE00 <= point <= 0xFE0D
        or 0xE0100 <= point <= 0xE01EF  # variation selectors, which can carry a hidden message
        or 0xFDD0 <= point <= 0xFDEF
        or point & 0xFFFE == 0xFFFE  # noncharacters, which XML forbids
    )


def _is_pictograph(character: str) -> bool:
    # Python has no Emoji property. Symbols past Latin-1 and these few cover every emoji base.
    if character == "" or _is_hidden(character, ""):
        return False
    is_symbol = character > "\u2000" and unicodedata.category(character) in {"So", "Sm", "Cn"}
    return is_symbol or character in "©®‼⁉〰〽"


def _ends_emoji(character: str) -> bool:
    return _is_pictograph(character) or _is_skin_tone(character) or character == "\ufe0f"


def _is_skin_tone(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"


def _cut(text: str, room: int) -> int:
    """The last boundary between perceived characters that leaves at most `room` code units."""
    boundary = used = flags = 0
    previous = ""
    for position, character in enumerate(text):
        is_flag_half = "\U0001f1e6" <= character <= "\U0001f1ff"
        if not _extends(previous, character) and not (is_flag_half and flags % 2):
            boundary = position
        used += 2 if character > "\uffff" else 1
        if used > room:
            return boundary
        flags = flags + 1 if is_flag_half else 0
        previous = character
    return len(text)


def _extends(previous: str, character: str) -> bool:
    return (
        previous in {"", _JOINER}
        or character == _JOINER
        or unicodedata.category(character).startswith("M")
        or _is_skin_tone(character)
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals typed as single jamo
    )

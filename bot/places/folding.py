"""One spelling for comparing place names, used when the index is built and when it is asked."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "Å": "Aa"}
)
_SEPARATORS = re.compile(r"[\s_\-–'’‘ʻʼ`.]+")


def fold(name: str) -> str:
    """`name` without case, accents and punctuation: "Lashkar-Gāh" becomes "lashkar gah".

    Folding again changes nothing.
    """
    if name.isascii():
        return _SEPARATORS.sub(" ", name.casefold()).strip()
    spread = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return _SEPARATORS.sub(" ", bare.casefold().translate(_LETTERS)).strip()


def written_out(name: str) -> str:
    """`name` as typed without the keys for umlauts and rings: "Muenchen", "Aarhus"."""
    return unicodedata.normalize("NFC", name).translate(_WRITTEN_OUT)

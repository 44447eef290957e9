"""One spelling for comparing place names, used when the index is built and when it is asked."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
_SEPARATORS = re.compile(r"[\s_\-–'’‘ʻʼ`.]+")


def fold(name: str) -> str:
    """`name` without case, accents and punctuation: "Lashkar-Gāh" becomes "lashkar gah".

    Folding again changes nothing.
    """
    spread = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return _SEPARATORS.sub(" ", bare.casefold().translate(_LETTERS)).strip()

"""The fingerprint of a closed ballot's record: shown to everybody, and the same each time it is
counted again, unless somebody has changed the record since.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from secrets import token_hex
from typing import Any

from bot.ballots.counting import Closing
from bot.ballots.export import document_of
from bot.ballots.model import Ballot
from bot.ballots.record import exact
from bot.errors import Refusal
from bot.text import shorten

SALT_BYTES = 16

ASKED = ("pitch", "letter", "title")
"""What of each option is in the fingerprint: where its talk is to be changes later."""

FINGERPRINTED = (
    "rule",
    "seats",
    "quorum",
    "ballot_message_id",
    "waiting_order",
    "ballots",
    "credits",
    "result",
    "salt",
)
"""What of the record a fingerprint is made from, beside its options."""


def fingerprint_of(document: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal of the exact record, as its file has it, in one canonical spelling.

    That is JSON in ASCII, names sorted, without spaces. The salt keeps anybody from trying out what
    members may have chosen. Raises Refusal for a document that is no exact record.
    """
    missing = [name for name in (*FINGERPRINTED, "options") if name not in document]
    if missing:
        raise Refusal(
            f"it is no exact record, for it lacks {', '.join(missing)}. The bot's operator gets "
            "that with: lectern tally --ballot ID --export FILE"
        )
    kept = {name: document[name] for name in FINGERPRINTED}
    try:
        kept["options"] = [[one[name] for name in ASKED] for one in document["options"]]
    except (KeyError, TypeError) as error:
        raise Refusal("its options are not those of a record.") from error
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def fingerprint_in(text: str) -> str:
    """The same, of a file's text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"this is no JSON that I can read: {shorten(str(error), 80)}.") from error
    if not isinstance(found, dict):
        raise Refusal("a fingerprint is of one ballot, an object like {…}.")
    return fingerprint_of(found)


def seal(ballot: Ballot, closing: Closing) -> Closing:
    """The closing with a salt that is drawn now, and the fingerprint of what is to be recorded."""
    salted = replace(closing.result, salt=token_hex(SALT_BYTES))
    document = document_of(replace(ballot, result=salted), exact(closing.record), [])
    return replace(closing, result=replace(salted, fingerprint=fingerprint_of(document)))

"""How one member stands under "fair turns", in words for that member alone."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from bot.ballots.credits import LEAVERS_KEPT, Entry
from bot.ballots.tally import TALK
from bot.text import escape

ABOUT = TALK // 10
"""So near to the mean a member's choices weigh about as much as everybody's."""


class Turn(StrEnum):
    """What a member has received beside the group's mean."""

    NONE_YET = "none_yet"
    LESS = "less"
    ALIKE = "alike"
    MORE = "more"
    SET_ASIDE = "set_aside"


def turn_of(entry: Entry | None, entries: Mapping[int, int], now: datetime) -> Turn:
    """`entries` are everybody's that are not set aside; an old one of a leaver is none."""
    if entry is None:
        return Turn.NONE_YET
    if entry.set_aside_at is not None:
        is_old = entry.set_aside_at < now - LEAVERS_KEPT
        return Turn.NONE_YET if is_old else Turn.SET_ASIDE
    distance = entry.micro_talks - sum(entries.values()) // len(entries)
    if abs(distance) <= ABOUT:
        return Turn.ALIKE
    return Turn.LESS if distance < 0 else Turn.MORE


_SPOKEN: Mapping[Turn, str] = {
    Turn.NONE_YET: "your first vote weighs as much as the average member's.",
    Turn.LESS: "what you chose has won less than what others chose, so your next votes weigh more.",
    Turn.ALIKE: (
        "what you chose has won about as much as what others chose, so your votes weigh about the "
        "same."
    ),
    Turn.MORE: "what you chose has won more than what others chose, so your next votes weigh less.",
    Turn.SET_ASIDE: (
        "your turn was kept while you were away from the server: it goes on where it was when the "
        "next vote closes."
    ),
}


def spoken_turn(group_name: str, turn: Turn) -> str:
    """A line of the member's profile."""
    return f"⚖️ **{escape(group_name)}**, fair turns: {_SPOKEN[turn]}"

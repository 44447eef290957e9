"""What leads do with a ballot, for `/audit`: only told, since no undo brings votes back."""

from collections.abc import Collection
from datetime import datetime

from bot.audit.model import ActKind
from bot.audit.store import record_act
from bot.ballots.model import Ballot, BallotMode
from bot.cards import plural, spoken_list, stamp
from bot.database import Tx
from bot.text import escape, shorten


async def note_act(tx: Tx, group_id: int, user_id: int, what: str, now: datetime) -> None:
    """Note what the lead did with a ballot, `what` to follow their name."""
    await record_act(
        tx, group_id=group_id, user_id=user_id, kind=ActKind.BALLOT, what=what, now=now
    )


def spoken_ballot(ballot: Ballot) -> str:
    """Which ballot, by the day on which it was opened."""
    return f"the ballot of {stamp(ballot.opened_at, 'D')}"


def spoken_opening(ballot: Ballot) -> str:
    """ "opened a private ballot over 3 topics, until…"."""
    kind = "private " if ballot.mode is BallotMode.PRIVATE else ""
    kind = kind or ("" if ballot.has_letters else "hidden ")
    topics = plural(len(ballot.options), "topic")
    return f"opened a {kind}ballot over {topics}, until {stamp(ballot.due_at)}"


def spoken_leaving_out(ballot: Ballot, chosen: Collection[int]) -> str:
    """Whose seats are given to others for now, by pitch."""
    who = spoken_list(_titles(ballot, chosen)) if chosen else "nobody"
    return f"left {who} out of the seats of {spoken_ballot(ballot)}"


def spoken_swap(ballot: Ballot, chosen: Collection[int], *, is_back: bool) -> str:
    """Which two talks changed places."""
    back = " back" if is_back else ""
    who = spoken_list(_titles(ballot, chosen))
    return f"swapped {who}{back} in the seats of {spoken_ballot(ballot)}"


def _titles(ballot: Ballot, pitch_ids: Collection[int]) -> list[str]:
    options = [ballot.option_of(one) for one in sorted(pitch_ids)]
    return [f"**{escape(shorten(option.title, 60))}**" for option in options]

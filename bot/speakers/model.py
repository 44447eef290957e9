"""What a speaker is asked: to take a free seat, or to change places with another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ASK = "ask"
"""The job that puts a question to a speaker."""

ASK_REDRAW = "ask_redraw"
ASK_LAPSE = "ask_lapse"

PATIENCE = timedelta(days=2)
"""How long a speaker has for an answer, where the session leaves that much."""

LAST_MOMENT = timedelta(hours=2)
"""How long before a session nobody is asked any more: no talk is ready by then."""


class AskKind(StrEnum):
    SEAT = "seat"
    SWAP = "swap"


class AskState(StrEnum):
    """OVERTAKEN means that what was asked for is no longer to be had."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to `person_id`.

    For a seat: would they present `pitch_id` at that place of the session? `ballot_id` elected the
    talk that was there, and says who is asked next. For a swap: would they give their talk
    `other_talk_id`, at `other_session_id`, for `talk_id` of `asked_by`, at `session_id`?
    """

    id: int
    group_id: int
    kind: AskKind
    state: AskState = AskState.OPEN
    person_id: int
    session_id: int
    position: int = 0
    pitch_id: int | None = None
    ballot_id: int | None = None
    asked_by: int | None = None
    talk_id: int | None = None
    other_talk_id: int | None = None
    other_session_id: int | None = None
    asked_at: datetime
    expires_at: datetime
    channel_id: int | None = None
    message_id: int | None = None


def answer_by(now: datetime, starts_at: datetime) -> datetime | None:
    """Until when an answer counts, None where it is too late to ask: half of the time that is left
    goes to whoever is asked next.
    """
    left = starts_at - now
    return now + min(PATIENCE, left / 2) if left >= LAST_MOMENT else None

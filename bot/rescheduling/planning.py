"""What a proposal does to the calendar as it is now."""

from datetime import datetime

from bot.errors import Refusal
from bot.rescheduling.model import Bend, Ground, Plan, Proposal, Way
from bot.rescheduling.moving import plan_add, plan_cancel, plan_move, plan_shift
from bot.rescheduling.skipping import plan_away, plan_drop
from bot.sessions.model import Session


def plan_of(ground: Ground, proposal: Proposal) -> Plan:
    """What would be done; refuses what the calendar does not allow."""
    if proposal.bend is Bend.ADD and proposal.wall is not None:
        zone = proposal.zone or ground.group.pattern.zone
        return plan_add(ground, proposal.wall, proposal.fold, zone, proposal.minutes)
    session = ground.session(proposal.session_id)
    if proposal.bend is Bend.CANCEL:
        return plan_cancel(session, proposal.reason)
    if proposal.bend is Bend.SKIP:
        refuse_begun(session, ground.now)
        if proposal.way is Way.AWAY:
            return plan_away(ground, session, proposal.talk_id)
        return plan_drop(ground, session)
    if proposal.wall is None:
        raise LookupError(f"proposal {proposal.id} has no time")
    plan = plan_shift if proposal.way is Way.REST else plan_move
    return plan(ground, session, proposal.wall, proposal.fold)


def number_of(ground: Ground, proposal: Proposal) -> int:
    """The number of the session that is meant, 0 for one that is to be added."""
    return 0 if proposal.session_id is None else ground.session(proposal.session_id).number


def refuse_begun(session: Session, now: datetime) -> None:
    """Refuse a session that has begun."""
    if session.starts_at <= now:
        raise Refusal(f"Session #{session.number} has begun: cancel it instead.")

"""Every room's services, built once and handed to the cogs."""

from dataclasses import dataclass

from bot.ballots.handlers import AnnounceHandler, CloseHandler, PostHandler, VoidHandler
from bot.ballots.late import LateReactions
from bot.ballots.service import BallotService
from bot.ballots.upkeep import BallotUpkeep
from bot.calendars.service import CalendarService
from bot.clock import Clock
from bot.database import Database
from bot.discussions.handler import DiscussHandler
from bot.groups.alerts import AlertHandler
from bot.groups.service import GroupService
from bot.groups.welcome import WelcomeHandler
from bot.jobs.courier import Courier
from bot.jobs.runner import Runner
from bot.members.service import MemberService
from bot.members.unsent import UnsentForms
from bot.messenger import Messenger
from bot.pitches.service import PitchCardHandler, PitchService
from bot.reminders.handler import RemindHandler
from bot.sessions.calendar import MaterialiseHandler, WrapHandler
from bot.sessions.event import EventHandler
from bot.sessions.notice import NoticeHandler
from bot.sessions.service import SessionService


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    clock: Clock
    members: MemberService
    unsent: UnsentForms
    groups: GroupService
    pitches: PitchService
    sessions: SessionService
    ballots: BallotService
    calendars: CalendarService
    upkeep: BallotUpkeep
    late: LateReactions


def build_rooms(db: Database, clock: Clock, messenger: Messenger, runner: Runner) -> Rooms:
    """The services over one database; every handler is registered with the runner."""
    courier = Courier(messenger)
    late = LateReactions()
    shared = (db, clock, messenger, courier)
    for handler in (
        AlertHandler(db, clock, courier),
        WelcomeHandler(db, courier),
        PitchCardHandler(db, messenger, courier),
        MaterialiseHandler(db, clock),
        WrapHandler(db, clock),
        EventHandler(db, clock, messenger),
        NoticeHandler(db, courier),
        PostHandler(*shared),
        CloseHandler(*shared, late),
        AnnounceHandler(*shared),
        VoidHandler(*shared),
        RemindHandler(*shared),
        DiscussHandler(*shared),
    ):
        runner.register(handler)
    return Rooms(
        clock=clock,
        members=MemberService(db, clock),
        unsent=UnsentForms(db, clock),
        groups=GroupService(db, clock, messenger),
        pitches=PitchService(db, clock),
        sessions=SessionService(db, clock),
        ballots=BallotService(db, clock, messenger),
        calendars=CalendarService(db, clock),
        upkeep=BallotUpkeep(db, clock, messenger),
        late=late,
    )

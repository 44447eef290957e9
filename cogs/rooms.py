"""Every room's services, built once and handed to the cogs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import SystemRandom

from bot.absence.service import AbsenceService
from bot.ballots.booth import VotingBooth
from bot.ballots.cancelling import BallotCancelling
from bot.ballots.closing import CloseHandler
from bot.ballots.doubts import (
    AskAboutCountHandler,
    CountDecisions,
    ExtensionHandler,
    ReopeningHandler,
)
from bot.ballots.following import FollowHandler
from bot.ballots.handlers import AnnounceHandler, PostHandler, RedrawHandler
from bot.ballots.history import HistoryService
from bot.ballots.listening import Listener
from bot.ballots.lost import LossHandler
from bot.ballots.model import REMIND_TO_VOTE
from bot.ballots.promises import PromiseKeptHandler
from bot.ballots.renaming import RenamingHandler
from bot.ballots.review import PublishHandler, ReviewHandler, ReviewService
from bot.ballots.review_upkeep import LeadsHandler, ReviewRedrawHandler
from bot.ballots.service import CLOSE, FOLLOW, POST, BallotService
from bot.ballots.turnout import Turnout
from bot.ballots.upkeep import BallotUpkeep
from bot.calendars.service import CalendarService
from bot.clock import Clock
from bot.database import Database
from bot.discussions.handler import DiscussHandler
from bot.groups.alerts import AlertHandler
from bot.groups.lead_news import LeadNewsHandler
from bot.groups.service import GroupService
from bot.groups.setup import SetupService
from bot.groups.welcome import WelcomeHandler, WelcomeRedrawHandler
from bot.jobs.courier import Courier
from bot.jobs.handler import Handler
from bot.jobs.runner import Runner
from bot.members.direct import DirectChannels
from bot.members.questions import Questions
from bot.members.service import MemberService
from bot.members.unsent import UnsentForms
from bot.messenger import Messenger
from bot.pictures.studio import Draw, draw_nothing
from bot.pitches.service import PitchCardHandler, PitchService
from bot.reminders.handler import RemindHandler
from bot.reminders.mentions import MentionHandler
from bot.reminders.redrawing import ReminderRedrawHandler
from bot.reminders.voting import VoteCallHandler, VoteReminderHandler
from bot.rescheduling.acts import ActService
from bot.rescheduling.event_edits import EventEdits
from bot.rescheduling.notice import ActNoticeHandler
from bot.rescheduling.service import ReschedulingService
from bot.sessions.about import AboutService
from bot.sessions.calendar import MaterialiseHandler, WrapHandler
from bot.sessions.details import DetailsHandler
from bot.sessions.event import EventHandler
from bot.sessions.event_question import QuestionHandler
from bot.sessions.event_upkeep import EventUpkeep, InterestHandler
from bot.sessions.notice import NoticeHandler
from bot.sessions.rhythm import RhythmService
from bot.sessions.rhythm_notice import RhythmHandler
from bot.sessions.service import SessionService
from bot.sessions.zone_upkeep import ZoneUpkeep
from bot.speakers.answers import AnswerService
from bot.speakers.away import AbsentHandler, AwayService
from bot.speakers.handlers import AskHandler, AskLapseHandler, AskRedrawHandler
from bot.speakers.service import SpeakerService
from bot.speakers.swapping import SwapService

BY_LEADER = frozenset({POST, CLOSE, FOLLOW, REMIND_TO_VOTE})
"""Whatever reads or puts reactions: the bot has one line for that, in the process that leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    clock: Clock
    members: MemberService
    unsent: UnsentForms
    questions: Questions
    groups: GroupService
    setup: SetupService
    about: AboutService
    pitches: PitchService
    sessions: SessionService
    rescheduling: ReschedulingService
    acts: ActService
    events: EventUpkeep
    event_edits: EventEdits
    ballots: BallotService
    cancelling: BallotCancelling
    booth: VotingBooth
    history: HistoryService
    review: ReviewService
    speakers: SpeakerService
    speaker_answers: AnswerService
    swaps: SwapService
    away: AwayService
    calendars: CalendarService
    upkeep: BallotUpkeep
    zones: ZoneUpkeep
    rhythms: RhythmService
    absence: AbsenceService
    listener: Listener
    counts: CountDecisions


def build_rooms(
    db: Database,
    clock: Clock,
    messenger: Messenger,
    runner: Runner,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Draw = draw_nothing,
) -> Rooms:
    """The services over one database; every handler is registered with the runner.

    `pause` waits for the last events of a ballot that is being counted; `draw` makes pictures.
    """
    courier = Courier(messenger, DirectChannels(db), runner.pacer.wait)
    listener = Listener(db, clock, pause, partial(runner.ticker.after, name="vote log"))
    upkeep = BallotUpkeep(db, clock, messenger, listener)
    turnout = Turnout(db, clock, messenger, listener)
    shared = (db, clock, messenger, courier)
    for handler in _handlers(shared, listener, upkeep, draw):
        runner.register(handler, for_leader=handler.kind in BY_LEADER)
    return Rooms(
        clock=clock,
        members=MemberService(db, clock),
        unsent=UnsentForms(db, clock),
        questions=Questions(db, clock, UnsentForms(db, clock)),
        groups=GroupService(db, clock, messenger),
        setup=SetupService(db, clock, messenger, draw),
        about=AboutService(db, clock, draw),
        pitches=PitchService(db, clock),
        sessions=SessionService(db, clock),
        rescheduling=ReschedulingService(db, clock),
        acts=ActService(db, clock),
        events=EventUpkeep(db, clock, messenger),
        event_edits=EventEdits(db, clock),
        ballots=BallotService(db, clock, messenger),
        cancelling=BallotCancelling(db, clock, turnout),
        booth=VotingBooth(db, clock, messenger),
        history=HistoryService(db, clock, turnout, SystemRandom()),
        review=ReviewService(db, clock),
        speakers=SpeakerService(db, clock),
        speaker_answers=AnswerService(db, clock),
        swaps=SwapService(db, clock),
        away=AwayService(db, clock),
        calendars=CalendarService(db, clock),
        upkeep=upkeep,
        zones=ZoneUpkeep(db, clock),
        rhythms=RhythmService(db, clock, UnsentForms(db, clock)),
        absence=AbsenceService(db, clock),
        listener=listener,
        counts=CountDecisions(db, clock),
    )


def _handlers(
    shared: tuple[Database, Clock, Messenger, Courier],
    listener: Listener,
    upkeep: BallotUpkeep,
    draw: Draw,
) -> tuple[Handler, ...]:
    """What does the jobs of every room."""
    db, clock, messenger, courier = shared
    return (
        AlertHandler(db, clock, courier),
        LeadNewsHandler(db, courier),
        WelcomeHandler(db, clock, courier),
        WelcomeRedrawHandler(db, messenger),
        PitchCardHandler(*shared),
        MaterialiseHandler(db, clock),
        WrapHandler(db, clock),
        EventHandler(db, clock, messenger),
        QuestionHandler(db, clock, courier),
        InterestHandler(db, clock, messenger),
        NoticeHandler(*shared),
        RhythmHandler(*shared),
        DetailsHandler(*shared),
        ActNoticeHandler(*shared),
        PostHandler(*shared),
        FollowHandler(db, listener, upkeep),
        CloseHandler(*shared, listener),
        ReviewHandler(db, clock, courier),
        ReviewRedrawHandler(db, clock, messenger),
        LeadsHandler(),
        PublishHandler(),
        PromiseKeptHandler(db, clock, courier),
        AnnounceHandler(*shared, draw),
        RedrawHandler(*shared),
        RenamingHandler(),
        AskAboutCountHandler(*shared),
        LossHandler(*shared),
        ExtensionHandler(*shared),
        ReopeningHandler(*shared),
        AskHandler(*shared),
        AskRedrawHandler(db, messenger),
        AskLapseHandler(db, clock),
        AbsentHandler(),
        RemindHandler(*shared),
        ReminderRedrawHandler(db, clock, messenger),
        MentionHandler(*shared),
        VoteReminderHandler(*shared, listener),
        VoteCallHandler(db, clock, courier),
        DiscussHandler(*shared),
    )

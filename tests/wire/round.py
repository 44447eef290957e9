"""A whole round of reading groups: put into the database, and what Discord must show of it.

Every group has a ballot that is posted at once and closes a day later, a session two days after
that for which three people want direct reminders, and a place for the talks' discussions.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.ballots.model import LETTERS, Ballot, BallotForm, BallotOption, BallotState
from bot.ballots.service import CLOSE, POST
from bot.ballots.store import add_ballot
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups import store as group_store
from bot.groups.model import BallotRule, Group, GroupState, Pattern
from bot.jobs.store import cancel_jobs, put_job
from bot.members.model import Member
from bot.members.store import save_member
from bot.pitches.model import Pitch, PitchState
from bot.pitches.store import add_pitch, set_state
from bot.sessions.calendar import fill_calendar
from bot.sessions.model import EVENT, Session, SessionState
from bot.sessions.store import calendar_of, save_state
from tests.wire.world import World, texts_of, title_of

ZONE = ZoneInfo("America/Denver")
LEADS = (1_440, 60)
UNTIL_CLOSE = timedelta(days=1)
UNTIL_SESSION = timedelta(days=3)
TITLES = ("Kernels", "Sheaves", "Monads")
CLOSED = "This vote is closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One group and where it lives."""

    group: Group
    sessions: Sequence[Session]
    channel_id: int
    forum_id: int | None


@dataclass(slots=True, kw_only=True)
class Round:
    """Groups that all are at the same point of their round. `ends_at` when all of it is over."""

    db: Database
    world: World
    clock: Clock
    begun_at: datetime = field(init=False)
    planted: list[Planted] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begun_at = self.clock()

    @property
    def closes_at(self) -> datetime:
        return self.begun_at + UNTIL_CLOSE

    @property
    def session_at(self) -> datetime:
        return self.planted[0].sessions[0].starts_at

    def part_at(self, moment: datetime) -> str:
        """What the round has come to at a moment."""
        if moment < self.closes_at:
            return "post, vote"
        if moment < self.session_at - timedelta(minutes=max(LEADS) + 5):
            return "close, schedule"
        return "remind" if moment < self.session_at else "thread"

    @property
    def ends_at(self) -> datetime:
        return self.session_at + timedelta(hours=2)

    async def plant(self, groups: int) -> None:
        """Found groups, every second with a forum, and open their ballots."""
        async with self.db.begin() as tx:
            for user_id in self.world.people:
                member = Member(user_id=user_id, wants_direct_messages=True, lead_minutes=LEADS)
                await save_member(tx, member)
        for number in range(groups):
            channel_id = self.world.add_channel(f"group-{number}")
            forum_id = self.world.add_forum(f"talks-{number}") if number % 2 else None
            async with self.db.begin() as tx:
                group = await self._found(tx, f"Group {number}", channel_id, forum_id)
                sessions = await self._fill(tx, group)
                await self._open_ballot(tx, group)
            self.planted.append(
                Planted(group=group, sessions=sessions, channel_id=channel_id, forum_id=forum_id)
            )

    async def _found(self, tx: Tx, name: str, channel_id: int, forum_id: int | None) -> Group:
        first_at = (self.begun_at + UNTIL_SESSION).astimezone(ZONE)
        group = Group(
            id=0,
            server_id=self.world.guild_id,
            name=name,
            state=GroupState.ACTIVE,
            creator_id=self.world.people[0],
            pattern=Pattern(
                zone=ZONE.key,
                first_at=first_at.replace(tzinfo=None, second=0, microsecond=0),
                every_weeks=2,
                minutes=60,
            ),
            channel_id=channel_id,
            forum_id=forum_id,
            meeting_place="Stage 1",
            lead_minutes=LEADS,
        )
        group_id = await group_store.add_group(tx, group, self.begun_at)
        for user_id in self.world.people:
            await group_store.toggle_follow(tx, group_id, user_id, self.begun_at)
        return await group_store.group_of(tx, group_id)

    async def _fill(self, tx: Tx, group: Group) -> Sequence[Session]:
        """The group's sessions; those after the first two are called off, to spare their events."""
        await fill_calendar(tx, group, self.begun_at)
        sessions = await calendar_of(tx, group.id, self.begun_at)
        for session in sessions[2:]:
            await save_state(tx, replace(session, state=SessionState.CANCELLED))
            await cancel_jobs(tx, session.id, [EVENT])
        return sessions

    async def _open_ballot(self, tx: Tx, group: Group) -> None:
        options = []
        for title, emoji in zip(TITLES, LETTERS, strict=False):
            pitch = Pitch(
                id=0,
                group_id=group.id,
                author_id=self.world.people[0],
                title=title,
                speaker_id=self.world.people[0],
                state=PitchState.OPEN,
                submitted_at=self.begun_at,
            )
            pitch_id = await add_pitch(tx, pitch)
            options.append(BallotOption(pitch_id=pitch_id, emoji=emoji, title=title))
        form = BallotForm()
        ballot = Ballot(
            id=0,
            group_id=group.id,
            state=BallotState.POSTING,
            rule=BallotRule.MOST_VOTES,
            sessions=form.sessions,
            talks_each=2,
            opened_by=self.world.people[0],
            channel_id=group.channel_id,
            opened_at=self.begun_at,
            due_at=self.closes_at,
            options=tuple(options),
        )
        ballot_id = await add_ballot(tx, ballot)
        await set_state(tx, [one.pitch_id for one in options], PitchState.ON_BALLOT)
        await put_job(tx, POST, ballot_id, self.begun_at)
        await put_job(tx, CLOSE, ballot_id, self.closes_at)

    def vote(self) -> None:
        """Let everybody vote: the first two topics win."""
        for planted in self.planted:
            for ballot in self.world.messages(planted.channel_id):
                for number, user_id in enumerate(self.world.people):
                    self.world.vote(ballot, user_id, *LETTERS[: 1 if number else 2])

    # What Discord must show in the end, and what it shows.

    def promised(self) -> Counter[str]:
        """Every object that members are owed, each as `place: what`."""
        owed: Counter[str] = Counter()
        for planted in self.planted:
            name, place = planted.group.name, f"#{planted.channel_id}"
            owed[f"{place}: 🗳️ {name}: what shall we hear next? (closed)"] = 1
            owed[f"{place}: 🗳️ {name}: the vote is counted"] = 1
            owed[f"{place}: 🔔 {name} #1"] = len(LEADS)
            for user_id in self.world.people:
                owed[f"@{user_id}: 🔔 {name} #1"] = len(LEADS)
            for title in TITLES[:2]:
                owed[f"#{planted.forum_id or planted.channel_id} > {title} ({name} #1)"] = 1
                if planted.forum_id is None:
                    owed[f"{place}: {title}"] = 1
            owed[f"event {name} #1: {TITLES[0]} · {TITLES[1]}"] = 1
            owed[f"event {name} #2"] = 1
            owed[f"event {name} #7"] = 1
        return owed

    def shown(self) -> Counter[str]:
        """Every object of ours in Discord, named in the same way."""
        found: Counter[str] = Counter()
        for planted in self.planted:
            for channel_id in {planted.channel_id, planted.forum_id} - {None}:
                found.update(f"#{channel_id} > {one}" for one in self.world.threads(channel_id))
            for message in self.world.messages(planted.channel_id):
                found[f"#{planted.channel_id}: {_named(title_of(message))}"] += 1
                if any(CLOSED in text for text in texts_of(message)):
                    found[f"#{planted.channel_id}: {title_of(message)} (closed)"] += 1
                    found[f"#{planted.channel_id}: {title_of(message)}"] -= 1
        for user_id in self.world.people:
            found.update(f"@{user_id}: {_named(title_of(one))}" for one in self.world.told(user_id))
        found.update({f"event {name}": count for name, count in self.world.event_names.items()})
        return +found


def _named(title: str) -> str:
    """A reminder's title without the time that is left: that depends on when it was sent."""
    return re.sub(r"(🔔 .*?#\d+).*", r"\1", title)

"""What can be asked about ballots: how one stands or ended, and how oneself stands in them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bot.ballots import store
from bot.ballots.credits import credits_in, entries_of
from bot.ballots.export import export_files
from bot.ballots.export_words import export_card
from bot.ballots.history_words import (
    my_vote_card,
    none_yet_card,
    past_card,
    past_label,
    standing_card,
)
from bot.ballots.model import Ballot, BallotState, result_of
from bot.ballots.past import OVER, holds_private, late_letters, past_ballots
from bot.ballots.record import Record, RecordKind, releasable
from bot.ballots.recount import recount
from bot.ballots.replay import replay_text
from bot.ballots.seating import sessions_to_fill
from bot.ballots.turnout import Turnout
from bot.ballots.turns import spoken_turn, turn_of
from bot.ballots.votes import (
    RecordLine,
    has_record,
    record_line_of,
    record_of,
)
from bot.ballots.words import held_card
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import BallotRule, Group
from bot.groups.store import follower_ids, group_of, groups_in
from bot.members.model import Actor
from bot.members.store import get_member
from bot.pitches.store import promised
from bot.sessions.model import Session
from bot.sessions.store import calendar_of

NO_SUCH = "There is no such ballot here any more."


class HistoryService:
    """Shows ballots, open and past; `draws` gives those who voted in private their names."""

    def __init__(self, db: Database, clock: Clock, turnout: Turnout, draws: Random) -> None:
        self._db = db
        self._clock = clock
        self._turnout = turnout
        self._draws = draws

    async def choices(self, actor: Actor, typed_group: str | None) -> list[tuple[str, int]]:
        """What each past ballot of the group was about, and its number; newest first."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            found = await past_ballots(tx, group.id)
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        return [
            (past_label(one, member.habit_on(group.home_at(one.ended_at).zone)), one.id)
            for one in found
        ]

    async def status(
        self, actor: Actor, typed_group: str | None, past_id: int | None = None
    ) -> Card:
        """How the group's latest ballot stands, or how it or an earlier one ended."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            if past_id is None:
                ballot = await store.last_ballot(tx, group.id)
            else:
                ballot = await store.get_ballot(tx, past_id)
                if ballot is None or ballot.group_id != group.id:
                    raise Refusal(
                        f"{group.name} has no ballot {past_id}: choose one from the list that "
                        "`past` offers."
                    )
            if ballot is None:
                return none_yet_card(group)
            waiting = await promised(tx, group.id)
            if ballot.publish_at is not None:
                return held_card(group, ballot.publish_at)
            sessions = await calendar_of(tx, group.id, ballot.opened_at)
            to_fill = await sessions_to_fill(tx, ballot)
        if ballot.state not in OVER:
            voters = await self._turnout.of(ballot)
            return standing_card(group, ballot, voters, to_fill, waiting)
        return past_card(
            group,
            ballot,
            sessions,
            for_lead=actor.user_id in group.lead_ids,
            is_latest=past_id is None,
        )

    async def export(self, actor: Actor, ballot_id: int) -> Card:
        """The record of a closed ballot as files, for leads."""
        async with self._db.read() as tx:
            group, ballot = await _here(tx, actor, ballot_id)
            require_lead(group, actor)
            lines = await record_of(tx, ballot.id)
            _require_record(ballot, lines)
            earlier = await holds_private(tx, group.id, ballot.id)
            sessions = await calendar_of(tx, group.id, ballot.opened_at)
        # Stand-ins are sought by tallying many times: the loop has others to answer meanwhile.
        record = await asyncio.to_thread(
            releasable, ballot, lines, self._draws, holds_private=earlier
        )
        return await asyncio.to_thread(_export, group, ballot, lines, record, sessions)

    async def explain_vote(self, actor: Actor, ballot_id: int) -> Card:
        """What counted of the member's own choices, and why something did not."""
        async with self._db.read() as tx:
            group, ballot = await _here(tx, actor, ballot_id)
            line = await record_line_of(tx, ballot.id, actor.user_id)
            late = await late_letters(tx, ballot.id, actor.user_id, ballot.cutoff)
            voters = ballot.result.voters if ballot.result else 0
            is_recorded = not voters or await has_record(tx, ballot.id)
        return my_vote_card(group, ballot, line, late, is_recorded=is_recorded)

    async def turns(self, actor: Actor) -> list[str]:
        """How the member stands in each of their groups with fair turns, a line for each."""
        now = self._clock()
        lines = []
        async with self._db.read() as tx:
            mine = await entries_of(tx, actor.user_id, actor.server_id)
            for group in await groups_in(tx, actor.server_id):
                is_mine = group.id in mine or actor.user_id in await follower_ids(tx, group.id)
                if group.rule is BallotRule.FAIR_TURNS and is_mine:
                    everybody = await credits_in(tx, group.id)
                    turn = turn_of(mine.get(group.id), everybody, now)
                    lines.append(spoken_turn(group.name, turn))
        return lines


def _export(
    group: Group,
    ballot: Ballot,
    lines: Sequence[RecordLine],
    record: Record,
    sessions: Sequence[Session],
) -> Card:
    """The record as files, after both the file and what is stored were counted again."""
    files = export_files(ballot, record, sessions)
    agrees = None
    if record.kind is not RecordKind.NOT_TO_COUNT:
        same = {"winners": list(result_of(ballot).winners), "credits": dict(record.after)}
        agrees = replay_text(files[0].content.decode()) == same
    card = export_card(group, ballot, record.kind, recount(ballot, lines), agrees=agrees)
    return replace(card, files=files)


async def _here(tx: Tx, actor: Actor, ballot_id: int) -> tuple[Group, Ballot]:
    ballot = await store.get_ballot(tx, ballot_id)
    if ballot is None:
        raise Refusal(NO_SUCH)
    group = await group_of(tx, ballot.group_id)
    if group.server_id != actor.server_id:
        raise Refusal(NO_SUCH)
    return group, ballot


def _require_record(ballot: Ballot, lines: Sequence[RecordLine]) -> None:
    if ballot.state is BallotState.VOID:
        raise Refusal("This ballot was called off: nothing was counted, so there is no record.")
    if ballot.result is None:
        if ballot.awaits_decision:
            raise Refusal(
                "A lead has to decide first what becomes of this ballot's count: before that there "
                "is no record."
            )
        raise Refusal("This ballot is not counted yet: its record is written when it closes.")
    if ballot.publish_at is not None:
        raise Refusal(
            "The seats of this ballot are not published yet, and they belong to its record: press "
            "Publish first, with `/ballot status`."
        )
    if ballot.result.voters and not lines:
        raise Refusal(
            "This ballot was closed by an earlier version of me that kept no record: only its "
            "result is known."
        )

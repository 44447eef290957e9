"""Telling somebody that they lead a group now, or no longer, because somebody else said so."""

from datetime import datetime

from bot.audit.model import Act
from bot.audit.store import get_act
from bot.cards import Card, Tone, channel_link, person_link, spoken_list
from bot.database import Database, Tx
from bot.groups.model import LEAD_NEWS, Group
from bot.groups.store import LEADS, group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.text import escape


def lead_news_card(group: Group, user_id: int, by_id: int) -> Card:
    """What the person is told, as it is now."""
    name, by = escape(group.name), person_link(by_id)
    if user_id in group.lead_ids:
        return Card(
            title=f"🔑 You lead {name} now",
            body=(
                f"{by} made you a lead, with the same rights as the others. In "
                f"{channel_link(group.channel_id)} `/help` says what leads can do, and `/audit` "
                "what was done.",
            ),
            small="Commands work in the group's server, not here.",
            tone=Tone.DONE,
        )
    led_by = spoken_list([person_link(one) for one in sorted(group.lead_ids)])
    return Card(
        title=f"You don't lead {name} any more",
        body=(f"{by} took you off its leads. It is led by {led_by}.",),
        small="If that is a mistake, each of its leads can take it back with /audit.",
    )


class LeadNewsHandler:
    """Writes to those whom an act made leads, or leads no longer; never to who did it."""

    kind = LEAD_NEWS

    def __init__(self, db: Database, courier: Courier) -> None:
        self._db = db
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        act = await get_act(tx, job.subject_id)
        if act is None:
            return NOTHING
        others = sorted(act.ids_in(LEADS.name) - {act.user_id})
        return Fanout(planned=[Planned(target=str(user_id)) for user_id in others])

    async def deliver(self, delivery: Delivery) -> Outcome:
        user_id = int(delivery.target)
        async with self._db.read() as tx:
            act = await get_act(tx, delivery.subject_id)
            if act is None:
                return Skipped(reason="it is forgotten")
            group = await group_of(tx, act.group_id)
        if (user_id in group.lead_ids) is not _is_made_lead(act, user_id):
            return Skipped(reason="it was taken back since")
        card = lead_news_card(group, user_id, act.user_id)
        return Done(message_id=await self._courier.tell(delivery, user_id, card))


def _is_made_lead(act: Act, user_id: int) -> bool:
    return any(
        one.after is not None
        for one in act.changes
        if one.table == LEADS.name and one.row_id == user_id
    )

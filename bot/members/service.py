"""What members say about themselves."""

import asyncio
from dataclasses import replace
from datetime import date

from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.members import store
from bot.members.away import Away, check_away, with_away
from bot.members.model import Member, Place, QuietHours, check_leads, find_home
from bot.places.spoken import HourCycle
from bot.places.wall import local
from bot.places.written import read_day


class MemberService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def get(self, user_id: int) -> Member:
        """The member, with defaults for somebody we do not know yet."""
        async with self._db.read() as tx:
            return await store.get_member(tx, user_id)

    async def live_in(self, user_id: int, city: str, locale: str) -> Member:
        """The member, now living in `city` (a city, a zone id or a choice, see `find_home`)."""
        place = find_home(city)
        async with self._db.begin() as tx:
            member = await store.lock_member(tx, user_id)
            home = Place(name=place.full_name, zone=place.zone)
            member = replace(member, place=home, lost_zone="", locale=locale)
            await store.save_member(tx, member)
        return member

    async def be_reminded(  # noqa: PLR0913 - a member has these wishes
        self,
        user_id: int,
        locale: str,
        *,
        by_direct_message: bool | None = None,
        lead_minutes: tuple[int, ...] | None = None,
        before_votes_end: bool | None = None,
        hour_cycle: HourCycle | None = None,
    ) -> Member:
        """The member with their new wishes; what is None stays as it was.

        Asking for direct messages again makes us try again where they were closed.
        """
        async with self._db.begin() as tx:
            member = await store.lock_member(tx, user_id)
            if by_direct_message is not None:
                member = replace(
                    member, wants_direct_messages=by_direct_message, has_closed_messages=False
                )
            if lead_minutes is not None:
                member = replace(member, lead_minutes=check_leads(lead_minutes))
            if before_votes_end is not None:
                member = replace(member, wants_vote_reminders=before_votes_end)
            if hour_cycle is not None:
                member = replace(member, hour_cycle=hour_cycle)
            member = replace(member, locale=locale)
            await store.save_member(tx, member)
        return member

    async def be_quiet(self, user_id: int, locale: str, quiet: QuietHours | None) -> Member:
        """The member, to whom nothing is written in these hours from now on; None ends that."""
        async with self._db.begin() as tx:
            member = await store.lock_member(tx, user_id)
            if quiet is not None and member.place is None:
                raise Refusal(
                    "I don't know where you live, so I don't know when those hours are: "
                    "`/me timezone` tells me."
                )
            member = replace(member, quiet=quiet, locale=locale)
            await store.save_member(tx, member)
        return member

    async def away_spans(self, user_id: int) -> tuple[Away, ...]:
        """When the member is away from today on, soonest first."""
        async with self._db.read() as tx:
            member = await store.get_member(tx, user_id)
            spans = (await store.away_spans(tx, [user_id]))[user_id]
        today = self._today(member)
        return tuple(span for span in spans if span.last_day >= today)

    async def be_away(self, user_id: int, first_day: date, last_day: date) -> tuple[Away, ...]:
        """The member's spans with this one; spans that touch become one, past ones are forgotten.

        Raises Refusal for a span that is over, ends before it begins, or is too long.
        """
        async with self._db.begin() as tx:
            member = await store.lock_member(tx, user_id)
            today = self._today(member)
            new = check_away(first_day, last_day, today, member.habit("UTC"))
            spans = with_away((await store.away_spans(tx, [user_id]))[user_id], new, today)
            await store.replace_away_spans(tx, user_id, spans)
        return spans

    async def say_away(self, user_id: int, locale: str, first: str, until: str) -> tuple[Away, ...]:
        """`be_away` for days as they were written; without `until` it is one day.

        Asks (AskBack) where a day has several readings.
        """
        member = replace(await self.get(user_id), locale=locale)
        today, habit = self._today(member), member.habit("UTC")
        first_day = last_day = await asyncio.to_thread(read_day, first, today, habit)
        if until:
            last_day = await asyncio.to_thread(read_day, until, today, habit)
        return await self.be_away(user_id, first_day, last_day)

    async def be_back(self, user_id: int, first_day: date) -> tuple[Away, ...]:
        """What is left of the member's spans without the one that begins on `first_day`.

        Taking back what is not there (any more) changes nothing.
        """
        async with self._db.begin() as tx:
            today = self._today(await store.lock_member(tx, user_id))
            known = (await store.away_spans(tx, [user_id]))[user_id]
            spans = tuple(
                one for one in known if one.first_day != first_day and one.last_day >= today
            )
            await store.replace_away_spans(tx, user_id, spans)
        return spans

    def _today(self, member: Member) -> date:
        """The day on the member's calendar; UTC's while we do not know where they live."""
        return local(self._clock(), member.place.zone if member.place else "UTC").date()

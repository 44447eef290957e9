"""What members say about themselves."""

from dataclasses import replace

from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.members import store
from bot.members.model import Member, Place, QuietHours, check_leads, find_home
from bot.places.spoken import HourCycle


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

"""For whom a preview of a calendar is written: the lead, and where the group's people live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.database import Tx
from bot.groups.model import Group
from bot.groups.sleep import zones_of_followers
from bot.members.model import Actor, Member
from bot.members.store import get_member
from bot.places.spoken import zone_city
from bot.sessions.away import DaysAway
from bot.sessions.model import Session, home_of
from bot.sessions.views import homes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlookers:
    """`clocks` are (city, zone), the commonest first, and `zones` count followers.

    `elsewhere` are the sessions of the server's other groups, with their groups' names, and `away`
    knows when the speakers of the sessions that are shown are away.
    """

    lead: Member
    clocks: tuple[tuple[str, str], ...] = ()
    zones: Mapping[str, int]
    elsewhere: Sequence[tuple[str, Session]] = ()
    away: DaysAway = field(default_factory=DaysAway)

    def readers(self, home: str) -> list[tuple[str, str]]:
        """The lead's clock, then those of all the zones that people live in beside `home`."""
        others = [one for one in self.clocks if one[1] != home]
        place = self.lead.place
        if place is None or place.zone == home:
            return others
        mine = (f"{place.name} (you)", place.zone)
        return [mine, *(one for one in others if one[1] != place.zone)]


async def onlookers_of(
    tx: Tx, group: Group, actor: Actor, sessions: Sequence[Session]
) -> Onlookers:
    """Those of the first of the sessions; of the group's followers alone where there is none."""
    zones = await zones_of_followers(tx, group.id)
    clocks = tuple((zone_city(zone), zone) for zone in zones)
    if sessions:
        home = home_of(group, sessions[0])
        clocks = (await homes_of(tx, sessions[:1]))[sessions[0].id]
        commoner = sum(zones.get(zone, 0) >= zones.get(home.zone, 0) for _, zone in clocks)
        if home.zone in zones:
            clocks = (*clocks[:commoner], (home.city, home.zone), *clocks[commoner:])
    lead = replace(await get_member(tx, actor.user_id), locale=actor.locale)
    return Onlookers(lead=lead, clocks=clocks, zones=zones)

"""Which permissions a group needs and does not have."""

from collections.abc import Sequence

from bot.cards import channel_link
from bot.groups.model import Group
from bot.groups.words import ANOTHER_CHANNEL
from bot.messenger import Messenger, Need, PlaceGone


async def lacks_of(messenger: Messenger, group: Group) -> list[str]:
    """ "Send Messages in #ml-theory" for each permission that the group lacks, and the like."""
    home = [Need.TALK, Need.VOTE, Need.EVENTS]
    places = [(group.channel_id, home if group.forum_id else [*home, Need.THREADS])]
    if group.forum_id is not None:
        places.append((group.forum_id, [Need.POSTS]))
    lacks: list[str] = []
    for channel_id, needs in places:
        link = channel_link(channel_id)
        try:
            names = await messenger.missing_permissions(channel_id, needs)
        except PlaceGone:
            lacks.append(f"{ANOTHER_CHANNEL}{link} was deleted")
            continue
        lacks += [f"{name} in {link}" for name in names]
    return lacks


async def lost_pictures(messenger: Messenger, group: Group, lacks: Sequence[str]) -> list[str]:
    """What pictures need beside what the group `lacks` anyway: it does without them."""
    try:
        names = await messenger.missing_permissions(group.channel_id, [Need.PICTURES])
    except PlaceGone:
        return []
    link = channel_link(group.channel_id)
    return [one for one in (f"{name} in {link}" for name in names) if one not in lacks]

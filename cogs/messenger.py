"""The outgoing port, fulfilled with discord.py."""

from cogs.outgoing.discussions import Discussions
from cogs.outgoing.events import Events
from cogs.outgoing.presence import Presence
from cogs.outgoing.reactions import Reactions, bare

__all__ = ["DiscordMessenger", "bare"]


class DiscordMessenger(Discussions, Events, Reactions, Presence):
    """Acts through one logged-in client, connected or not: see `bot.messenger.Messenger`.

    `pace` gives leave for each REST call, `turns` for those about reactions. The client should
    have `cogs.faults.limit_watch` as its `http_trace`.
    """

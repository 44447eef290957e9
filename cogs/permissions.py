"""Which of Discord's permissions each need of ours takes, and how its settings call them."""

from collections.abc import Collection

import discord

from bot.messenger import Need

_TAKES: dict[Need, tuple[str, ...]] = {
    Need.TALK: ("view_channel", "send_messages", "read_message_history"),
    Need.VOTE: ("add_reactions",),
    Need.THREADS: ("create_public_threads", "send_messages_in_threads"),
    Need.POSTS: (
        "view_channel",
        "send_messages",
        "send_messages_in_threads",
        "read_message_history",
    ),
    Need.EVENTS: ("create_events",),
    Need.PICTURES: ("attach_files",),
}

_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "read_message_history": "Read Message History",
    "add_reactions": "Add Reactions",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "create_events": "Create Events",
    "attach_files": "Attach Files",
}

INVITE_PERMISSIONS = 17901423807552
"""What the invitation asks for: view, send (threads too), public threads, embed, attach,
add reactions, history, create events."""


def lacking(held: discord.Permissions, needs: Collection[Need]) -> tuple[str, ...]:
    """Names, as Discord's settings write them, of what is needed and not held.

    Without View Channel nothing else can be judged, so it is named alone.
    """
    if not held.view_channel:
        return (_NAMES["view_channel"],)
    wanted = dict.fromkeys(flag for need in Need if need in needs for flag in _TAKES[need])
    return tuple(_NAMES[flag] for flag in wanted if not getattr(held, flag))

"""Every call that the bot makes by itself: its method, and its path as a regular expression."""

SERVER, CHANNEL = r"/guilds/\d+", r"/channels/\d+"
CALLS = {
    "say": ("POST", rf"{CHANNEL}/messages"),
    "create an event": ("POST", rf"{SERVER}/scheduled-events"),
    "open a post": ("POST", rf"{CHANNEL}/threads"),
    "open a thread": ("POST", rf"{CHANNEL}/messages/\d+/threads"),
    "edit": ("PATCH", rf"{CHANNEL}/messages/\d+"),
    "read a message": ("GET", rf"{CHANNEL}/messages/\d+"),
    "read the past": ("GET", rf"{CHANNEL}/messages"),
    "open direct messages": ("POST", "/users/@me/channels"),
    "react": ("PUT", rf"{CHANNEL}/messages/\d+/reactions/[^/]+/@me"),
    "read reactions": ("GET", rf"{CHANNEL}/messages/\d+/reactions/[^/]+"),
    "look a member up": ("GET", rf"{SERVER}/members/\d+"),
    "look a server up": ("GET", SERVER),
    "look a channel up": ("GET", CHANNEL),
    "change an event": ("PATCH", rf"{SERVER}/scheduled-events/\d+"),
    "read who is interested": ("GET", rf"{SERVER}/scheduled-events/\d+/users"),
    "list events": ("GET", rf"{SERVER}/scheduled-events"),
    "list threads": ("GET", rf"{SERVER}/threads/active"),
    "list old threads": ("GET", rf"{CHANNEL}/threads/archived/public"),
}
SELDOM = {
    "delete an event": ("DELETE", rf"{SERVER}/scheduled-events/\d+"),
    "delete a post": ("DELETE", CHANNEL),
    "empty a post": ("DELETE", rf"{CHANNEL}/messages/\d+"),
    "close a post": ("PATCH", CHANNEL),
}
"""Calls that only take twins away, which a round without faults never has."""

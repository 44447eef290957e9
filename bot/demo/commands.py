"""A typed slash command as simcord wants it: "/ballot open seats:2" → a path and its options."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simcord import ChannelHandle, MemberActor, OptionError, UserHandle
from simcord.enums import OptionType
from simcord.interactions import command_leaves, parse_option_input

from bot.demo.world import World
from bot.errors import Refusal

Leaf = Mapping[str, Any]

LONGEST_TEXT = 6_000
"""Discord's own limit of a text option: its application command reference, "Option Structure"."""

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def available_commands(
    world: World, actor: MemberActor | UserHandle, channel: ChannelHandle
) -> dict[str, Leaf]:
    """The commands this person sees there, by the words one types."""
    commands = world.env.backend.visible_commands(user_id=actor.id, channel_id=channel.id)
    leaves = (leaf for command in commands for leaf in command_leaves(command))
    return {" ".join(path): leaf for path, leaf in leaves}


def hint(path: str, leaf: Leaf) -> str:
    """ "/ballot open [seats]": what may follow, the optional in brackets."""
    names = [
        option["name"] if option.get("required") else f"[{option['name']}]"
        for option in leaf.get("options") or ()
    ]
    return " ".join([f"/{path}", *names])


def split_command(text: str, paths: Sequence[str]) -> tuple[str, str]:
    """The longest command that `text` begins with, and the rest of the text."""
    words = " ".join(text.strip().removeprefix("/").split())
    for path in sorted(paths, key=len, reverse=True):
        if f"{words} ".casefold().startswith(f"{path} "):
            return path, words[len(path) :].strip()
    raise Refusal(f"There is no command “/{words[:60]}” here: choose one from the list.")


def split_options(rest: str, names: Sequence[str]) -> dict[str, str]:
    """The `name:value` pairs of `rest`; a value may hold spaces and ends at the next name."""
    if not rest:
        return {}
    if not names:
        raise Refusal(f"This command takes no options: leave out “{rest[:60]}”.")
    marks = list(re.finditer(rf"(?:^|\s)({'|'.join(map(re.escape, names))}):", rest))
    form = f"name:value, with one of these names: {', '.join(names)}."
    if not marks:
        if len(names) == 1:
            return {names[0]: rest}
        raise Refusal(f"Write options as {form}")
    if marks[0].start():
        raise Refusal(f"“{rest[: marks[0].start()][:60]}” belongs to no option: write {form}")
    ends = [mark.start() for mark in marks[1:]] + [len(rest)]
    return {mark[1]: rest[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}


def parse_command(
    world: World, actor: MemberActor | UserHandle, channel: ChannelHandle, text: str
) -> tuple[str, dict[str, Any]]:
    """The path and the typed options; raises Refusal for what cannot be understood."""
    leaves = available_commands(world, actor, channel)
    if not leaves:
        raise Refusal(
            "These are direct messages: Lectern’s commands are used in the channels of its server, "
            "for example in #ml-theory."
        )
    path, rest = split_command(text, list(leaves))
    declared = {option["name"]: option for option in leaves[path].get("options") or ()}
    given = split_options(rest, list(declared))
    missing = [n for n, option in declared.items() if option.get("required") and not given.get(n)]
    if missing:
        raise Refusal(f"/{path} needs more: write {' '.join(f'{name}:…' for name in missing)}")
    return path, {name: _value(world, path, declared[name], raw) for name, raw in given.items()}


def _value(world: World, path: str, option: Mapping[str, Any], raw: str) -> Any:
    if known := _known(world, option):
        word, things = known
        found = {_bare(name): thing for name, thing in things.items()}
        if _bare(raw) not in found:
            raise Refusal(f"“{raw[:60]}” is no {word}: write one of {', '.join(things)}.")
        return found[_bare(raw)]
    try:
        return parse_option_input(path, dict(option), _plain(option, raw))
    except OptionError as error:
        name, wanted = option["name"], wanted_value(option)
        raise Refusal(f"“{raw[:60]}” can't be used for {name}: write {wanted}.") from error


def _known(world: World, option: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The word for what the option names, and all there is of it by name; None for mere values."""
    kind = OptionType(option["type"])
    if kind in (OptionType.USER, OptionType.MENTIONABLE):
        return "member of this server", world.members
    if kind is OptionType.ROLE:
        return "role of this server", world.guild.roles
    if kind is OptionType.CHANNEL:
        channels = world.channels.items()
        types = option.get("channel_types")
        stored = world.env.backend.channels
        fitting = {name: one for name, one in channels if not types or stored[one.id].type in types}
        return "channel for this", fitting
    return None


def _bare(name: str) -> str:
    return name.lstrip("@#").casefold()


def _plain(option: Mapping[str, Any], raw: str) -> str | bool:
    """What a client sends: a choice's value for its name, a truth value for yes and no."""
    if OptionType(option["type"]) is OptionType.BOOLEAN:
        return _TRUTHS.get(raw.casefold(), raw)
    choices = option.get("choices") or ()
    values = {choice["name"].casefold(): str(choice["value"]) for choice in choices}
    return values.get(raw.casefold(), raw)


def wanted_value(option: Mapping[str, Any]) -> str:
    """What the option takes, in words."""
    if choices := option.get("choices"):
        return "one of " + ", ".join(choice["name"] for choice in choices)
    if OptionType(option["type"]) in (OptionType.INTEGER, OptionType.NUMBER):
        least, most = option.get("min_value"), option.get("max_value")
        return "a number" if least is None else f"a number from {least} to {most}"
    if OptionType(option["type"]) is OptionType.BOOLEAN:
        return "yes or no"
    return f"{option.get('min_length', 0)} to {option.get('max_length', LONGEST_TEXT)} characters"

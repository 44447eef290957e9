"""What simcord has no option for: changes to all of it, made once before a demo begins."""

from collections.abc import Mapping
from typing import Any, cast

from simcord import Env
from simcord.preview import Preview, _markdown, _messages

_make_parser = _markdown._markdown_parser
_names_in = _messages._markdown_context


def quicken_simcord() -> None:
    """Make simcord look for idleness every millisecond, not every fifty: clicks feel instant."""
    Env.settle.__defaults__ = (None, 0.001)
    cast("dict[str, object]", Env._settle_internal.__kwdefaults__)["idle"] = 0.001


def know_the_server() -> None:
    """Let names appear in direct messages too, as Discord's client knows whoever and whatever is
    in a server that both are in.

    simcord's preview shows there only the two who talk to each other, and no channels.
    """

    def is_somebody(preview: Preview, page: object, user_id: int) -> bool:  # noqa: ARG001
        return user_id in preview.env.backend.users

    def names_in(preview: Preview, *said: Any, **how: Any) -> dict[str, Any]:
        channels = preview.env.backend.channels
        names = _names_in(preview, *said, **how)
        names["channels"] = {str(one.id): one.name for one in channels.values() if one.guild_id}
        return names

    _messages._user_allowed = is_somebody
    _messages._markdown_context = names_in


def keep_parsers() -> None:
    """Let simcord's preview keep its Markdown parsers.

    It makes a new one, with all its expressions, for every text in every look at a place, and
    that is most of what a press takes.
    """
    kept: dict[int, tuple[Any, dict[str, Any]]] = {}

    def parser(policy: Mapping[str, bool | str], context: Mapping[str, Any]) -> Any:
        if id(policy) not in kept:
            names: dict[str, Any] = {}
            kept[id(policy)] = _make_parser(policy, names), names
        found, names = kept[id(policy)]
        names.clear()
        names.update(context)
        return found

    _markdown._markdown_parser = parser

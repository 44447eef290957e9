"""What the bot has shown: the texts, buttons and pings of a card, as its readers meet them."""

from collections.abc import Mapping
from typing import Any

import simcord
from plain import plain_texts_of_component, require_plain
from simcord import InteractionResult


def pinged(message: Any) -> set[int]:
    """Whom a stored message notifies: named in its text and allowed by its sender."""
    return set(message.ping_user_ids)


def flat(components: list[dict[str, Any]], people: Mapping[int, str] | None = None) -> str:
    """Every text of a card in reading order, buttons in brackets; people by their names."""
    lines: list[str] = []
    for component in components:
        require_plain(plain_texts_of_component(component))
        if "content" in component:
            lines.append(component["content"])
        elif component.get("type") == 2:
            lines.append(f"[{component['label']}]")
        inside = [*component.get("components", ()), component.get("accessory")]
        lines.append(flat([one for one in inside if one]))
    text = "\n".join(line for line in lines if line)
    for user_id, name in (people or {}).items():
        text = text.replace(f"<@{user_id}>", f"@{name}")
    return text


def find_id(components: list[dict[str, Any]], prefix: str) -> str:
    """The id of the button or list whose id begins with `prefix`."""
    for component in simcord.components.walk_components(components):
        if str(component.get("custom_id", "")).startswith(prefix):
            return str(component["custom_id"])
    raise LookupError(prefix)


def text_of(result: InteractionResult) -> str:
    """Everything an interaction showed, its follow-ups too."""
    shown = [result.response] if result.response else []
    return "\n".join(flat(one.components) for one in [*shown, *result.followups])

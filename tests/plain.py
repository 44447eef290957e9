"""Where Discord shows text as it is: a timestamp for it to render would be read as "<t:…>"."""

from collections.abc import Iterable
from typing import Any

from bot.cards import Card
from bot.messenger import EventPlan

_PLAIN_KEYS = ("label", "placeholder", "description", "name", "title")


def require_plain(texts: Iterable[object]) -> None:
    """Fails for a text with a timestamp in it."""
    marred = [text for text in texts if "<t:" in str(text or "")]
    assert marred == [], f"Discord shows no times in {marred!r}"


def plain_texts(card: Card) -> list[str | None]:
    """What a card says in buttons, lists and under pictures."""
    options = [option for pick in card.picks for option in pick.options]
    return [
        *(button.label for button in card.buttons),
        *(pick.prompt for pick in card.picks),
        *(text for option in options for text in (option.label, option.description)),
        *(picture.alt for picture in card.pictures),
    ]


def plain_texts_of_event(plan: EventPlan) -> list[str]:
    """What Discord's own list of events shows."""
    return [plan.name, plan.description, plan.location]


def plain_texts_of_component(component: dict[str, Any]) -> list[object]:
    """The same of one component as Discord gets it."""
    return [component.get(key) for key in _PLAIN_KEYS] + [
        option.get(key) for option in component.get("options", ()) for key in _PLAIN_KEYS
    ]

"""The one visual language: how every card of Lectern looks in Discord."""

import io
from collections.abc import Collection
from hashlib import blake2b

import discord
from discord import ui

from bot.cards import Button, ButtonStyle, Card, Pick, PickKind, Picture, Tone
from bot.text import shorten, utf16_length

COLOURS = {
    Tone.PLAIN: 0x6B7280,
    Tone.PITCH: 0xD97706,
    Tone.BALLOT: 0x7C3AED,
    Tone.SESSION: 0x2563EB,
    Tone.DISCUSSION: 0x0D9488,
    Tone.DONE: 0x16A34A,
    Tone.WARNING: 0xDC2626,
}

_STYLES = {
    ButtonStyle.PRIMARY: discord.ButtonStyle.primary,
    ButtonStyle.PLAIN: discord.ButtonStyle.secondary,
    ButtonStyle.GOOD: discord.ButtonStyle.success,
    ButtonStyle.DANGER: discord.ButtonStyle.danger,
}

TEXT_LIMIT = 4_000
"""Characters of text in one message with Components V2; discord.py does not check it."""

MARKS = len("### -# ")
"""What stands before the title and the small print."""

BUTTONS_IN_A_ROW = 5


def draw(card: Card, *, nonce: str | None = None) -> ui.LayoutView:
    """The card as a coloured container: title, body, pictures, files, lists, buttons.

    Discord takes 40 parts: a paragraph with a button beside it is three.

    The view is already stopped: presses are routed by their ids (`cogs.presses`), so that cards
    answer after a restart and none is kept in memory.
    """
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(
        accent_colour=COLOURS[card.tone], id=marker_id(nonce) if nonce else None
    )
    title, body, small = _fit(card)
    box.add_item(ui.TextDisplay(f"### {title}"))
    beside = {button.beside: button for button in card.buttons}
    below = [button for button in card.buttons if button.beside is None]
    for number, paragraph in enumerate(body):
        if button := beside.get(number):
            box.add_item(ui.Section(paragraph, accessory=_draw_button(button)))
        else:
            box.add_item(ui.TextDisplay(paragraph))
    if card.pictures:
        shown = (_gallery_item(picture) for picture in card.pictures)
        box.add_item(ui.MediaGallery(*shown))
    for file in card.files:
        box.add_item(ui.File(f"attachment://{file.name}"))
    if card.picks or below:
        box.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
    for pick in card.picks:
        box.add_item(ui.ActionRow(_draw_pick(pick)))
    for start in range(0, len(below), BUTTONS_IN_A_ROW):
        row = below[start : start + BUTTONS_IN_A_ROW]
        box.add_item(ui.ActionRow(*(_draw_button(button) for button in row)))
    if small:
        box.add_item(ui.TextDisplay(f"-# {small}"))
    view.add_item(box)
    view.stop()
    return view


def _fit(card: Card) -> tuple[str, list[str], str | None]:
    """The card's texts within the limit: the longest paragraphs give way, all to one length."""
    title = shorten(card.title, 250)
    small = shorten(card.small, 400) if card.small else None
    room = TEXT_LIMIT - utf16_length(title) - utf16_length(small or "") - MARKS
    most = _most_each(list(map(utf16_length, card.body)), room)
    return title, [shorten(one, most) for one in card.body], small


def _most_each(lengths: Collection[int], room: int) -> int:
    """The length that a paragraph may have where paragraphs of these lengths share the room."""
    for number, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def marker_id(nonce: str) -> int:
    """The id of a card's container: the same for every attempt at saying it.

    Discord keeps component ids (32 bits, ours are 31) and shows them to us in our own messages.
    """
    return int.from_bytes(blake2b(nonce.encode(), digest_size=4).digest()) >> 1 or 1


def carries(message: discord.Message, nonce: str) -> bool:
    """True when the message is a card that was sent with `nonce`."""
    marker = marker_id(nonce)
    return any(getattr(part, "id", None) == marker for part in message.components)


def files_of(card: Card) -> list[discord.File]:
    """The card's files and pictures, fresh for one sending."""
    files = [discord.File(io.BytesIO(file.content), filename=file.name) for file in card.files]
    pictures = [
        discord.File(io.BytesIO(one.content), filename=one.name, description=one.alt)
        for one in card.pictures
    ]
    return files + pictures


def _gallery_item(picture: Picture) -> discord.MediaGalleryItem:
    return discord.MediaGalleryItem(f"attachment://{picture.name}", description=picture.alt)


def _draw_button(button: Button) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.link if button.url else _STYLES[button.style]
    return ui.Button(
        label=button.label,
        style=style,
        custom_id=button.action,
        url=button.url,
        emoji=button.emoji,
    )


def _draw_pick(pick: Pick) -> ui.Item[ui.LayoutView]:
    if pick.kind is PickKind.OPTIONS:
        return ui.Select(
            custom_id=pick.action,
            placeholder=pick.prompt,
            min_values=pick.least,
            max_values=pick.most,
            options=[
                discord.SelectOption(
                    label=option.label,
                    value=option.value,
                    description=option.description,
                    default=option.is_chosen,
                )
                for option in pick.options
            ],
        )
    kinds = {
        PickKind.TEXT_CHANNEL: [discord.ChannelType.text],
        PickKind.FORUM: [discord.ChannelType.forum],
    }
    chosen = [discord.Object(pick.chosen_id)] if pick.chosen_id else []
    return ui.ChannelSelect(
        custom_id=pick.action,
        placeholder=pick.prompt,
        min_values=pick.least,
        max_values=pick.most,
        channel_types=kinds[pick.kind],
        default_values=[
            discord.SelectDefaultValue(id=one.id, type=discord.SelectDefaultValueType.channel)
            for one in chosen
        ],
    )

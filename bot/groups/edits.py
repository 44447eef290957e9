"""What a lead edits of a group, kept as an act, so that `/audit` shows it and takes it back."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import bindparam

from bot.audit.model import ActKind, Change, Rows, changes_between
from bot.audit.store import choose_rows, read_rows, record_act
from bot.cards import channel_link, person_link, spoken_list
from bot.database import Tx
from bot.groups.model import DETAILS, LEAD_NEWS, LEADS_CHANGED, ON_BALLOT, WELCOME_REDRAW, Group
from bot.groups.store import GROUPS, LEADS, add_lead, remove_lead, save_group
from bot.jobs.store import put_job
from bot.members.model import spoken_leads
from bot.text import escape

WORDS = ("name", "about", "meeting_place")
"""The columns that members read in events, reminders and calendars."""

SETTINGS = (*WORDS, "name_key", "channel_id", "forum_id", "lead_minutes", "rule")
"""The columns that `/group edit` changes, apart from when the group meets."""

_CHOSEN = choose_rows(GROUPS, SETTINGS, GROUPS.c.id == bindparam("its_id"))


async def save_edit(tx: Tx, before: Group, after: Group, user_id: int, now: datetime) -> None:
    """Write the edited group, and the act where anything differs."""
    was = await _settings(tx, before.id)
    await save_group(tx, after)
    changes = changes_between(was, await _settings(tx, before.id))
    if changes:
        changes = tuple(_narrowed(one) for one in changes)
        act_id = await record_act(
            tx,
            group_id=before.id,
            user_id=user_id,
            kind=ActKind.EDIT,
            what=spoken_edit(before, after),
            changes=changes,
            now=now,
        )
        await spread_words(tx, before.id, act_id, changes, now)


async def save_leads(tx: Tx, before: Group, after: Group, user_id: int, now: datetime) -> None:
    """Write who leads the group from now on, and the act where that is anybody else.

    Whoever calls holds the group.
    """
    come, gone = after.lead_ids - before.lead_ids, before.lead_ids - after.lead_ids
    if not come | gone:
        return
    for one in come:
        await add_lead(tx, before.id, one)
    for one in gone:
        await remove_lead(tx, before.id, one)
    row = {"group_id": before.id}
    act_id = await record_act(
        tx,
        group_id=before.id,
        user_id=user_id,
        kind=ActKind.LEAD,
        what=spoken_new_leads(come, gone, user_id),
        changes=changes_between(
            {(LEADS.name, one): row for one in gone}, {(LEADS.name, one): row for one in come}
        ),
        now=now,
    )
    await put_job(tx, LEADS_CHANGED, before.id, now)
    await put_job(tx, LEAD_NEWS, act_id, now)


def spoken_new_leads(come: Collection[int], gone: Collection[int], user_id: int) -> str:
    """Who leads from now on, and who no longer, to follow the name of whoever said so."""
    said = [
        "became a lead" if one == user_id else f"made {person_link(one)} a lead"
        for one in sorted(come)
    ]
    said += [
        "stepped down as a lead" if one == user_id else f"took {person_link(one)} off the leads"
        for one in sorted(gone)
    ]
    return spoken_list(said)


def marks_of(words: Sequence[str]) -> str:
    """What tells whether the words of a form are those that it was opened with."""
    return "-".join(blake2b(text.encode(), digest_size=4).hexdigest() for text in words)


def retyped(words: Sequence[str], marks: str) -> list[str | None]:
    """The words of a form; None for those that stayed as they were when it was opened.

    So a lead who renames the group does not put back the place that another has just changed.
    """
    before = marks.split("-")
    now = marks_of(words).split("-")
    return [
        None if was == mark else text for text, was, mark in zip(words, before, now, strict=True)
    ]


async def spread_words(
    tx: Tx, group_id: int, act_id: int, changes: Sequence[Change], now: datetime
) -> None:
    """Have new words of the group, where the act has brought any, taken to where they show; and
    what leads see kept from those who no longer are.
    """
    if any(one.table == LEADS.name for one in changes):
        await put_job(tx, LEADS_CHANGED, group_id, now)
    changed = words_changed(changes)
    if changed:
        await put_job(tx, DETAILS, act_id, now)
    if "name" in changed:
        await put_job(tx, ON_BALLOT, group_id, now)
    if changed:
        await put_job(tx, WELCOME_REDRAW, group_id, now)


def words_changed(changes: Sequence[Change]) -> dict[str, tuple[str, str]]:
    """What was and what is, by column, of the group's words that the changes touch."""
    found: dict[str, tuple[str, str]] = {}
    for one in changes:
        before, after = one.before or {}, one.after or {}
        if one.table == GROUPS.name:
            found |= {name: (before[name], after[name]) for name in WORDS if name in after}
    return found


async def _settings(tx: Tx, group_id: int) -> Rows:
    return await read_rows(tx, GROUPS, _CHOSEN, {"its_id": group_id})


def _narrowed(change: Change) -> Change:
    """Only what differs: another setting that is edited later does not keep this from going."""
    before, after = change.before or {}, change.after or {}
    names = [name for name in after if before.get(name) != after[name]]
    return replace(
        change,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )


def spoken_edit(before: Group, after: Group) -> str:
    """What was edited, to follow the lead's name."""
    said = []
    if after.name != before.name:
        said.append(f"renamed the group from {escape(before.name)} to {escape(after.name)}")
    if after.about != before.about:
        said.append("changed what the group is about")
    if after.meeting_place != before.meeting_place:
        place = escape(after.meeting_place)
        said.append(f"moved its meetings to {place}" if place else "took its meeting place away")
    if after.channel_id != before.channel_id:
        said.append(f"moved the group to {channel_link(after.channel_id)}")
    if after.forum_id != before.forum_id:
        place = (
            f"to {channel_link(after.forum_id)}" if after.forum_id else "to threads of its channel"
        )
        said.append(f"moved the discussions of talks {place}")
    if after.lead_minutes != before.lead_minutes:
        said.append(f"had the channel reminded {spoken_leads(after.lead_minutes)}")
    if after.rule != before.rule:
        said.append(f"set the ballot rule to {after.rule.replace('_', ' ')}")
    return spoken_list(said)

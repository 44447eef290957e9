"""Small commands that answer people's questions from the pure rules, without a server; one looks
at the database for its operator.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click

from bot.ballots.fingerprint import fingerprint_in
from bot.ballots.recount import recount_stored, spoken
from bot.ballots.replay import replay_text
from bot.clock import utc_now
from bot.database import Database
from bot.errors import Refusal
from bot.migrate import require_tables
from bot.places.index import find_place, find_places, places_on_clock
from bot.places.recurrence import expand, expand_widely, parse_rule
from bot.places.segments import Segment, segments_between
from bot.places.strict import parse_clock, parse_day
from bot.places.wall import resolve, zone_info
from bot.settings import Settings
from bot.shell import fail, with_settings
from bot.text import quote


def refusing(work: Callable[..., None]) -> Callable[..., None]:
    """A command whose refusals end it as wrong use, with one sentence on standard error."""

    @wraps(work)
    def command(*args: Any, **kwargs: Any) -> None:
        try:
            work(*args, **kwargs)
        except Refusal as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(2)

    return command


def say_json(values: object) -> None:
    """The values for programs."""
    click.echo(json.dumps(values, indent=1, ensure_ascii=False))


def table_of(rows: Sequence[Sequence[object]]) -> str:
    """The rows for people, their columns aligned; the first row holds the names."""
    cells = [[str(value) for value in row] for row in rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    lines = (zip(row, widths, strict=True) for row in cells)
    return "\n".join("  ".join(f"{text:<{wide}}" for text, wide in line).rstrip() for line in lines)


@click.command()
@click.option("--rule", required=True, help="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
@click.option("--at", required=True, help="The hour on the wall: 20:00.")
@click.option("--zone", required=True, help="The group's zone: Europe/Berlin.")
@click.option("--from", required=True, help="The day that the rule counts from.")
@click.option("--to", required=True, help="The last day that counts.")
@click.option("--member-zone", help="Say a member's hours there, and where they change.")
@click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")
@refusing
def when(*, zone: str, member_zone: str | None, as_json: bool, **typed: str) -> None:
    """Say when a group meets, and at which hours a member elsewhere."""
    rule = parse_rule(typed["rule"])
    for named in filter(None, (zone, member_zone)):
        zone_info(named)
    first, last = parse_day(typed["from"]), parse_day(typed["to"])
    start = datetime.combine(first, parse_clock(typed["at"]))
    walls = expand(rule, start, last, zone)
    if member_zone is None:
        found = [_meeting(wall, zone) for wall in walls]
    else:
        wide = [(wall, resolve(wall, zone).starts_at) for wall in expand_widely(rule, start, last)]
        ends = walls[0].date(), walls[-1].date()
        found = [_segment(one) for one in segments_between(wide, member_zone, *ends)]
    if as_json:
        say_json(found)
    else:
        click.echo(table_of([list(found[0]), *(list(one.values()) for one in found)]))


def _meeting(wall: datetime, zone: str) -> dict[str, Any]:
    """A meeting as JSON; `wall` less `offset` is `utc`, also for a time that a gap skips."""
    found = resolve(wall, zone)
    offset = wall - found.starts_at.replace(tzinfo=None)
    return {
        "wall": f"{wall:%Y-%m-%dT%H:%M}",
        "utc": f"{found.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "offset": _spelled(offset),
        "kind": found.kind,
    }


def _spelled(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        **asdict(segment),
        "first": segment.first.isoformat(),
        "last": segment.last.isoformat(),
    }


@click.command()
@click.argument("query")
@click.option(
    "--limit", type=click.IntRange(1, 100), default=25, show_default=True, help="How many at most."
)
@click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")
def places(query: str, limit: int, *, as_json: bool) -> None:
    """List the places that QUERY may mean, with the time there now.

    QUERY is a city in any usual spelling, a country or state, a zone, an abbreviation or an offset.
    The likeliest comes first.
    """
    try:
        found = find_places(query, limit)
        if not found:
            find_place(query)
        if places_on_clock(query):
            click.echo(f"{quote(query)} is a clock, not a place, and clocks change.", err=True)
    except Refusal as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    now = utc_now()
    rows = [{"label": place.label(now), "zone": place.zone} for place in found]
    if as_json:
        say_json(rows)
    else:
        named = [("place", "zone"), *((row["label"], row["zone"]) for row in rows)]
        click.echo(table_of(named))


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--json", is_flag=True, expose_value=False, help="It always answers with JSON.")
@click.option(
    "--fingerprint", is_flag=True, help="Say the fingerprint of the exact record in FILE instead."
)
@click.option(
    "--ballot", "ballot_id", type=int, help="For operators: count this ballot of the database."
)
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --ballot: write its exact record there, which tells who chose what.",
)
def tally(
    *, file: str | None, fingerprint: bool, ballot_id: int | None, export: Path | None
) -> None:
    """Count a ballot in FILE again, or each of a list of them.

    FILE is - for standard input. A ballot looks like this:

    {"rule": "fair_turns", "most_votes" or "fair_this_ballot", "seats": n, "ballot_message_id": id,
    "waiting_order": [pitch, ...], "ballots": {member: [pitch, ...]}, "credits": {member: n}}

    Credits are whole numbers in millionths of a talk received: 1000000 is one talk. Under
    fair_turns a higher number means less say; who has none starts at the mean of all.
    """
    if (file is None) == (ballot_id is None):
        raise click.UsageError("Name a FILE, or the number of a ballot with --ballot.")
    if file is None:
        if fingerprint:
            raise click.UsageError("--ballot says the fingerprint anyway.")
        _count_stored(ballot_id, export)
    elif export is not None:
        raise click.UsageError("--export goes with --ballot.")
    else:
        _count_file(file, asks_fingerprint=fingerprint)


def _replayed(text: str) -> str:
    return json.dumps(replay_text(text), ensure_ascii=False)


def _count_file(file: str, *, asks_fingerprint: bool) -> None:
    name = "Standard input" if file == "-" else file
    answer_to = fingerprint_in if asks_fingerprint else _replayed
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            answer = answer_to(opened.read())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        fail(f"{name} can't be read: {reason}.")
    except Refusal as refusal:
        lacks = "has no fingerprint" if asks_fingerprint else "can't be counted"
        fail(f"{name} {lacks}: {refusal}")
    click.echo(answer)


@with_settings
async def _count_stored(settings: Settings, ballot_id: int, export: Path | None) -> None:
    """The counts on standard output, and what they show in a sentence beside it."""
    await require_tables(settings)
    db = Database(settings.database_url)
    try:
        found = await recount_stored(db, ballot_id)
    finally:
        await db.close()
    if export is not None:
        _write_for_owner(export, found.file)
    answer = {"winners": found.winners, "credits": found.credits, "fingerprint": found.fingerprint}
    click.echo(json.dumps(answer, ensure_ascii=False))
    if not found.is_as_announced:
        raise Refusal(spoken(found))
    click.echo(spoken(found), err=True)


def _write_for_owner(path: Path, text: str) -> None:
    """Write a new file that nobody else on the machine may read."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refusal(f"{path} is there already: name a file that is not.") from error
    except OSError as error:
        raise Refusal(f"{path} can't be written ({error.strerror}).") from error
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


TOOLS: tuple[click.Command, ...] = (when, places, tally)
"""What `bot.__main__` adds to the command line."""

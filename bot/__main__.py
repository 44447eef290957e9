"""The command line: `lectern …`, the same as `python -m bot …`."""

import asyncio
import signal
import sys
from contextlib import nullcontext, suppress

import click

from bot import __version__
from bot.bench import DATABASES
from bot.bench import NAMES as BENCHES
from bot.calendars.service import CalendarService
from bot.checkup import check_up, retry_parked
from bot.clock import utc_now
from bot.database import Database
from bot.errors import Refusal
from bot.instance import SoleInstance
from bot.memory import settle_memory
from bot.migrate import Shape, migrate_database, require_tables
from bot.settings import Settings
from bot.shell import fail, with_settings
from bot.tools import TOOLS
from cogs.process import publish_commands, stay_connected


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lectern")
def main() -> None:
    """Lectern, a Discord bot for community reading groups."""


@main.command()
@click.option(
    "--after-restore",
    is_flag=True,
    help="Look for everything on Discord before sending it: the database is from a backup, which "
    "has forgotten what was sent since.",
)
@with_settings
async def run(settings: Settings, after_restore: bool) -> None:
    """Run the bot until it is told to stop.

    One process runs on an SQLite file. On a PostgreSQL database there may be several: one of them
    answers members, all of them do the work that is due, and when the one ends another follows.
    """
    token = required_token(settings)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no signal handlers on a loop
            loop.add_signal_handler(number, stopped.set)
    file = settings.database_file
    with SoleInstance(file) if file is not None else nullcontext():
        settle_memory()
        await stay_connected(settings, token, stopped, after_restore=after_restore)


def required_token(settings: Settings) -> str:
    """The bot's token; ends the command where there is none."""
    token = settings.discord_token.get_secret_value().strip() if settings.discord_token else ""
    if not token:
        fail("Set DISCORD_TOKEN to your bot's token (or try `lectern demo`, which needs none).", 2)
    return token


@main.command()
@click.option("--if-changed", is_flag=True, help="Only when the commands differ from last time.")
@with_settings
async def sync(settings: Settings, if_changed: bool) -> None:
    """Publish the slash commands to Discord."""
    token = required_token(settings)
    click.echo(await publish_commands(settings, token, if_changed=if_changed))


@main.command()
@with_settings
async def migrate(settings: Settings) -> None:
    """Bring the database to this version's shape."""
    before = await migrate_database(settings)
    if before is Shape.EMPTY:
        where = f": {settings.database_file}" if settings.database_file else ""
        click.echo(f"There was no database yet: it is made now, and up to date{where}")
    elif before is Shape.BEHIND:
        click.echo("The database was an older version's: it is up to date now.")
    else:
        click.echo("The database is up to date.")


@main.command()
@click.option("--retry", is_flag=True, help="First try again what was given up.")
@with_settings
async def doctor(settings: Settings, retry: bool) -> None:
    """Check what Lectern needs: each line is ok or says what to do."""
    if retry:
        click.echo(f"Tried again from now on: {await retry_parked(settings)}.")
    findings = await check_up(settings)
    for finding in findings:
        click.echo(f"{'ok ' if finding.is_ok else 'FIX'}  {finding.text}")
    if not all(finding.is_ok for finding in findings):
        raise Refusal("Some checks failed: see the lines marked FIX.")


@main.command()
@click.argument("group")
@with_settings
async def feed(settings: Settings, group: str) -> None:
    """Print a group's calendar (.ics); GROUP is its name or number."""
    await require_tables(settings)
    db = Database(settings.database_url)
    try:
        file = await CalendarService(db, utc_now).feed(group)
    finally:
        await db.close()
    sys.stdout.buffer.write(file.content)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the hub listens.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="The first port that is tried.",
)
@click.option("--browser/--no-browser", default=True, help="Open a browser if there is one.")
@with_settings
async def demo(settings: Settings, host: str, port: int, browser: bool) -> None:
    """Take part in a whole round, in a browser and without a token."""
    try:
        from bot.demo import run_demo  # noqa: PLC0415 - the demo is an extra
    except ImportError as error:
        fail(f"The demo needs the demo extra ({error.name} is missing): use `make demo`.")
    await run_demo(settings, host=host, port=port, open_browser=browser)


@main.command()
@click.argument("name", type=click.Choice(BENCHES), metavar="NAME")
@click.option("--db", type=click.Choice(DATABASES), default="sqlite", show_default=True)
@click.option("--pending", default="10k", show_default=True, help="How much waits: 10k, 1m, 10m.")
@click.option("--seed", type=int, help="The same seed asks for the same work.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def bench(name: str, db: str, pending: str, seed: int | None, as_json: bool) -> None:
    """Measure the engine with fixed work, on a database of its own.

    NAME is one of those that docs/BENCH.md describes; a wrong one lists them.
    """
    from bot.bench.commands import run_bench, trial_of  # noqa: PLC0415 - nobody else needs it

    try:
        run_bench(trial_of(name, db, pending, seed), as_json=as_json)
    except Refusal as refusal:
        fail(str(refusal))
    except KeyboardInterrupt:
        sys.exit(130)


for tool in TOOLS:
    main.add_command(tool)

if __name__ == "__main__":
    main(prog_name="lectern")

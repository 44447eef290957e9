"""Everything the hub's page shows, gathered in one go for one person."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from bot.demo.commands import available_commands, hint
from bot.demo.facts import gather_facts
from bot.demo.guide import STEPS, current_step, steps_done, steps_undone
from bot.demo.people import PEOPLE, Person, clock_time, day, relative, short_moment
from bot.demo.reading import Eyes
from bot.demo.stage import Stage
from bot.demo.world import SERVER_NAME

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def make_templates() -> Environment:
    """Templates that escape everything they are not told is safe."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Pages:
    """Gathers what the templates need; remembers which steps were reached, as ticks stay."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._done: frozenset[str] = frozenset()

    async def gather(self, person: Person) -> dict[str, Any]:
        """Values for `hub.html` and `live.html`, as `person` sees the world now."""
        stage, now = self._stage, self._stage.now()
        facts = await gather_facts(stage.world, stage.opening, stage.bot.db)
        self._done = (self._done | steps_done(facts)) - steps_undone(facts)
        eyes = Eyes(stage.world, person, now, stage.marks)
        due = await stage.next_act_at()
        return {
            "server": SERVER_NAME,
            "version": stage.version,
            "me": person,
            "now_utc": f"{now:%H:%M}",
            "day_utc": f"{now:%A} {now.day} {now:%B %Y}",
            "now_local": clock_time(now, person),
            "day_local": day(now, person),
            "next_at": short_moment(due, person, now) if due else None,
            "next_in": relative(due - now) if due else None,
            "people": [self._pill(other) for other in PEOPLE],
            "steps": [(step, step.key in self._done, step.offer(facts)) for step in STEPS],
            "current": current_step(self._done),
            "places": eyes.places(),
            "events": eyes.events(),
            "commands": self._commands(person),
            "troubles": stage.troubles,
        }

    def _pill(self, person: Person) -> dict[str, Any]:
        eyes = Eyes(self._stage.world, person, self._stage.now(), self._stage.marks)
        return {
            "person": person,
            "time": clock_time(self._stage.now(), person),
            "unread": eyes.unread(),
        }

    def _commands(self, person: Person) -> list[str]:
        world = self._stage.world
        channel = world.channels["ml-theory"]
        commands = available_commands(world, world.members[person.key], channel)
        return sorted(hint(path, leaf) for path, leaf in commands.items())

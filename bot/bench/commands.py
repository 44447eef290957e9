"""The bench command: one trial, a table for people, a line of JSON for programs."""

import importlib
import json
import secrets
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import click

from bot.bench import PURE
from bot.bench.ground import fresh_ground
from bot.bench.logs import hidden_logs
from bot.bench.model import Figures, Kind, Trial, count_of
from bot.errors import Refusal


def trial_of(name: str, kind: str, pending: str, seed: int | None) -> Trial:
    """The trial that a command line asks for; a seed is drawn where none is given."""
    try:
        count = count_of(pending)
    except ValueError as error:
        raise Refusal(f"--pending {error}.") from error
    return Trial(
        bench=name,
        kind=Kind(kind),
        pending=count,
        seed=secrets.randbelow(2**31) if seed is None else seed,
    )


def run_bench(trial: Trial, *, as_json: bool) -> None:
    """Run the trial, on a fresh database where it needs one, and say what came out."""
    bench: ModuleType = importlib.import_module(f"bot.bench.{trial.bench}")
    is_pure = trial.bench in PURE
    work = "" if is_pure else f" on {trial.kind}, {trial.pending:,} pending"
    click.echo(f"{trial.bench}{work}, seed {trial.seed}", err=as_json)
    with hidden_logs():
        figures = bench.measure(trial) if is_pure else _on_fresh_ground(bench, trial)
    if as_json:
        click.echo(json.dumps(as_line(trial, figures)))
    else:
        click.echo("\n".join(table_of(figures, bench.NOTES)))


def _on_fresh_ground(bench: ModuleType, trial: Trial) -> Figures:
    with fresh_ground(trial.kind) as ground:
        durability = ground.durability
        return {**bench.measure(trial, ground), "durability": durability}


def as_line(trial: Trial, figures: Figures) -> Mapping[str, Any]:
    """What the last line of `--json` holds; a pure bench has no database and nothing pending."""
    is_pure = trial.bench in PURE
    return {
        "bench": trial.bench,
        "db": None if is_pure else str(trial.kind),
        "pending": None if is_pure else trial.pending,
        "seed": trial.seed,
        "figures": figures,
    }


def table_of(figures: Figures, notes: Sequence[str]) -> list[str]:
    """Lines for people: a figure on each, those of peers under their names, then the notes."""
    return [*_lines(figures, ""), *(f"  ({note})" for note in notes)]


def _lines(figures: Figures, indent: str) -> list[str]:
    lines = []
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}", *_lines(value, f"{indent}  ")]
        else:
            lines.append(f"{indent}{name:<{width}}  {_shown(value)}")
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) else str(value)

"""The rules of the house as pure functions: sources in, one line for each offence out."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

# From the ground up; rooms on one line do not know each other.
FLOORS = (
    ("jobs", "places"),
    ("members", "audit"),
    ("groups",),
    ("pitches",),
    ("sessions",),
    ("ballots", "rescheduling"),
    ("speakers",),
    ("reminders",),
    ("discussions",),
    ("absence",),
    ("archive",),
    ("calendars",),
    ("web",),
)
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
GROUND = {
    "clock",
    "instance",
    "memory",
    "errors",
    "settings",
    "database",
    "sqlite",
    "postgres",
    "text",
    "cards",
    "messenger",
    "migrate",
    "log",
}
LEAVES = {"pictures"}
# Parts of the command line: what its commands share, `doctor`, and the small tools for questions.
ROOTS = {"__main__", "shell", "checkup", "tools", "demo", "bench"}
# Like cogs, the web pages stand on the services; every other room stands on models and stores.
FACES = {"web"}
LAYERS = {"model": 0, "store": 1, "service": 2}

# The job runner records the failure and goes on; the error handler shows an incident number; the
# renderer of pictures panics.
CATCH_ALL = {
    "bot/jobs/planner.py",
    "bot/jobs/runner.py",
    "bot/jobs/sender.py",
    "bot/jobs/marker.py",
    "bot/pictures/worker.py",
    "cogs/answers.py",
}
CLOCK = "bot/clock.py"
PRESENT = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "utils.utcnow",
}
MOST_LINES_IN_A_FILE = 350
MOST_LINES_IN_A_FUNCTION = 50

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def offences(sources: Mapping[str, str]) -> list[str]:
    """Every breach in `sources` (path from the top → text), as `path:line: what is wrong`."""
    found: list[str] = []
    for path, source in sorted(sources.items()):
        tree = ast.parse(source, filename=path)
        for line, complaint in _complaints(path, source, tree):
            found.append(f"{path}:{line}: {complaint}")
    return found


def _complaints(path: str, source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if (stranger := _stranger(path)) is not None:
        yield 1, stranger
    for line, name in _imports(path, tree):
        for complaint in _import_complaints(path, name):
            yield line, f"imports {name}: {complaint}"
    yield from _size(source, tree)
    may_print = _room(path) in ROOTS
    for node in ast.walk(tree):
        if path != CLOCK and (reading := _reads_clock(node)):
            yield _line(node), f"reads the time with {reading}: only {CLOCK} does"
        if path not in CATCH_ALL and _catches_everything(node):
            yield _line(node), "catches everything: only the engine and the error handler do"
        if not may_print and _prints(node):
            yield _line(node), "prints: write a log event"


def _module(path: str) -> tuple[str, ...]:
    """The dotted name of the module at `path`, in parts; a package is named by its folder."""
    parts = PurePosixPath(path).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def _room(path: str) -> str:
    """What stands under bot/ at `path`: a room, a ground module, a root; empty elsewhere."""
    module = _module(path)
    return module[1] if module[0] == "bot" and len(module) > 1 else ""


def _part(module: tuple[str, ...]) -> str:
    return module[2] if len(module) > 2 else ""


def _stranger(path: str) -> str | None:
    room = _room(path)
    if not room or room in LEVEL or room in LEAVES or room in ROOTS:
        return None
    if room in GROUND:
        is_file = len(PurePosixPath(path).parts) == 2
        return None if is_file else f"{room} is a ground module and stays one file"
    return f"{room} is not in the plan of the house: name it and its floor in the design first"


def _imports(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each imported name in full with its line; inside functions and type checks too."""
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            for alias in node.names:
                yield node.lineno, ".".join((*base, *filter(None, [node.module]), alias.name))


def _import_complaints(path: str, name: str) -> Iterator[str]:
    here, target = _module(path), tuple(name.split("."))
    room = _room(path)
    if target[0] == "discord" and here[0] != "cogs":
        yield "only cogs does"
    if target[0] == "simcord" and room != "demo":
        yield "only the demo and the tests do"
    if target[0] == "cogs" and here[0] == "bot" and room not in ROOTS:
        yield "what is in bot knows nothing of Discord's side"
    if target[0] == "sqlalchemy" and (_part(here) == "model" or here[0] == "cogs"):
        yield "queries live in a store"
    elif target[:2] == ("sqlalchemy", "orm"):
        yield "tables are typed columns, and no row outlives a call"
    if target[0] == "bot" and len(target) > 1:
        yield from _complaints_inside(here, room, target)


def _complaints_inside(here: tuple[str, ...], room: str, target: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a module of `room` (or of cogs) importing `target` from bot."""
    there, part = target[1], _part(target)
    if there in ROOTS and room not in ROOTS:
        yield "nothing stands on a composition root"
    elif here[0] == "cogs":
        if part == "store":
            yield "a cog calls services"
    elif room in ROOTS or there not in {*LEVEL, *LEAVES}:
        return
    elif there == room:
        yield from _complaints_between_layers(here, part)
    elif room not in LEVEL:
        kind = "a leaf" if room in LEAVES else "the ground"
        yield f"{kind} knows no room"
    elif there in LEVEL:
        if LEVEL[there] >= LEVEL[room]:
            yield f"{there} is not below {room}"
        if part == "service" and room not in FACES:
            yield "a room uses the model and the store of another, never its service"
        if part == "store" and _part(here) == "model":
            yield "a model knows no store"


def _complaints_between_layers(here: tuple[str, ...], part: str) -> Iterator[str]:
    own = _part(here)
    if part in LAYERS and own in LAYERS and LAYERS[part] > LAYERS[own]:
        yield f"a {own} knows no {part}"
    if not own and part == "service":
        yield "a room's front door does not hand out its service"


def _size(source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    lines = len(source.splitlines())
    if lines > MOST_LINES_IN_A_FILE:
        yield 1, f"{lines} lines in a file: {MOST_LINES_IN_A_FILE} at most"
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_IN_A_FUNCTION:
                yield (
                    node.lineno,
                    f"{length} lines in {node.name}: {MOST_LINES_IN_A_FUNCTION} at most",
                )


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _reads_clock(node: ast.AST) -> str | None:
    """The name by which `node` reads the present (called or handed on), if it does."""
    if isinstance(node, ast.Attribute):
        owner = node.value
        last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        name = f"{last}.{node.attr}"
        return name if name in PRESENT else None
    if isinstance(node, ast.ImportFrom) and node.module in {"time", "discord.utils"}:
        module = node.module.rpartition(".")[2]
        for alias in node.names:
            if f"{module}.{alias.name}" in PRESENT:
                return f"{module}.{alias.name}"
    return None


def _catches_everything(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or _names_everything(node.type)
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name == "suppress" and any(_names_everything(each) for each in node.args)
    return False


def _names_everything(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_names_everything(each) for each in node.elts)
    return isinstance(node, ast.Name) and node.id in {"Exception", "BaseException"}


def _prints(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )

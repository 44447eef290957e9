"""What is opened is closed: from Python 3.13 on, a forgotten connection to SQLite is a warning."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

FILES = {"sqlite3.connect", "aiosqlite.connect"}
ENGINES = {"create_engine", "create_async_engine"}

KEPT = {
    "bot/database.py": "Database.close disposes of its engine",
    "bot/places/cities.py": "CityIndex.close closes its file",
    "bot/sqlite.py": "aiosqlite's connection closes the file on its thread",
    "tests/peers/apscheduler.py": "the scheduler's shutdown disposes of its store's engine",
}
"""Where something stays open after the function that opens it, and what closes it."""


def left_open(sources: dict[str, str]) -> list[str]:
    """Each `path:line: call` that nothing closes for certain, whatever is raised in between."""
    return [
        f"{path}:{call.lineno}: {ast.unparse(call.func)}"
        for path, source in sources.items()
        if any(name in source for name in FILES | ENGINES)
        for call in _unguarded(ast.parse(source))
    ]


def _unguarded(tree: ast.Module) -> Iterator[ast.Call]:
    guarded = {id(call) for call in _guarded(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in guarded:
            name = ast.unparse(node.func)
            if name in FILES or (name in ENGINES and "poolclass=NullPool" not in ast.unparse(node)):
                yield node


def _guarded(tree: ast.Module) -> Iterator[ast.AST]:
    """What `closing` or `async with` gets, and the engines of functions that dispose of theirs.

    `with sqlite3.connect(…)` ends a transaction and leaves the file open.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("closing"):
            yield from node.args
        elif isinstance(node, ast.AsyncWith):
            yield from (item.context_expr for item in node.items)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _disposes(node):
            yield from (each for each in ast.walk(node) if _opens_engine(each))


def _disposes(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Try) and ".dispose()" in ast.unparse(ast.Module(node.finalbody, []))
        for node in ast.walk(function)
    )


def _opens_engine(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ENGINES


def test_what_is_opened_is_closed() -> None:
    sources = {
        path.relative_to(TOP).as_posix(): path.read_text(encoding="utf-8")
        for package in ("bot", "cogs", "migrations", "tests")
        for path in (TOP / package).rglob("*.py")
    }
    found = left_open(sources)
    assert [each for each in found if each.partition(":")[0] not in KEPT] == []
    assert {each.partition(":")[0] for each in found} == KEPT.keys()


ENGINE = "def f():\n    engine = create_engine(url)\n    {}\n"


@pytest.mark.parametrize(
    ("source", "opened"),
    [
        ("db = sqlite3.connect(file)\ndb.close()", ["sqlite3.connect"]),
        ("with sqlite3.connect(file) as db:\n    pass", ["sqlite3.connect"]),
        ("with closing(sqlite3.connect(file)) as db:\n    pass", []),
        ("with contextlib.closing(sqlite3.connect(file)) as db:\n    pass", []),
        ("db = await aiosqlite.connect(file)", ["aiosqlite.connect"]),
        ("async def f():\n    async with aiosqlite.connect(file) as db:\n        pass", []),
        (ENGINE.format("engine.dispose()"), ["create_engine"]),
        (ENGINE.format("try: g(engine)\n    finally: h(engine)"), ["create_engine"]),
        (ENGINE.format("try: g(engine)\n    finally: engine.dispose()"), []),
        ("engine = create_async_engine(url)", ["create_async_engine"]),
        ("engine = create_engine(url, poolclass=NullPool)", []),
    ],
)
def test_rule_finds_what_is_left_open(source: str, opened: list[str]) -> None:
    found = left_open({"a.py": source})
    assert [each.rpartition(": ")[2] for each in found] == opened

"""What a database is asked to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bot.database import Database


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What is executed meanwhile, once for each row where rows are sent one by one."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if not statement.startswith("BEGIN"):
            seen.extend([statement] * (len(values) if many else 1))

    engine = db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)

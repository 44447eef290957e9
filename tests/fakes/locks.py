"""Two transactions that meet on PostgreSQL: one is held open until the other waits for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sqlalchemy import text

from bot.database import Tx

# Not pg_stat_activity, of which a transaction sees what it saw first.
_WAITING_FOR_US = text(
    "SELECT count(*) FROM pg_locks"
    " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


async def begun(tx: Tx, call: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
    """The call under way, once it waits for `tx` to end, or has ended without waiting."""
    task = asyncio.create_task(call)
    async with asyncio.timeout(10):
        while not task.done() and not await tx.scalar(_WAITING_FOR_US):  # noqa: ASYNC110
            await asyncio.sleep(0)
    return task

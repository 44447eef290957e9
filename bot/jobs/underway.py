"""Work that may outlast a delivery's lease: the next attempt finds it where it is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Underway(Generic[Result]):
    """What is being done for each subject in this process."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[Result]] = {}

    async def join(
        self, subject_id: int, begin: Callable[[], Coroutine[Any, Any, Result]]
    ) -> Result:
        """What the work under way comes to, or that which `begin` makes where there is none.

        Breaking off the wait does not break off the work.
        """
        task = self._tasks.get(subject_id)
        if task is None:
            task = self._tasks[subject_id] = asyncio.create_task(begin())
        try:
            return await asyncio.shield(task)
        finally:
            if task.done():
                self._tasks.pop(subject_id, None)

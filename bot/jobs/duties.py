"""What a process has handlers for, and what of it is its work now."""

from bot.jobs.handler import Handler


class Duties:
    """Handlers by the kind of their jobs; some kinds are only for the process that leads."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._for_leader: list[str] = []
        self.leads = True

    def add(self, handler: Handler, *, for_leader: bool) -> None:
        """Take a handler in; raises ValueError where one does its kind of jobs already."""
        if handler.kind in self._handlers:
            raise ValueError(f"two handlers for {handler.kind!r}")
        self._handlers[handler.kind] = handler
        if for_leader:
            self._for_leader.append(handler.kind)

    def __getitem__(self, kind: str) -> Handler:
        return self._handlers[kind]

    @property
    def for_leader(self) -> tuple[str, ...]:
        """The kinds that only the process that leads does."""
        return tuple(self._for_leader)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that this process does now."""
        return tuple(one for one in self._handlers if self.leads or one not in self._for_leader)

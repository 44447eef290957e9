"""Forms that a rule refused: what was typed is kept for its author until they send it again."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete

from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.members.store import UnsentFormRow

KEPT = timedelta(days=7)


class UnsentForms:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def keep(self, user_id: int, form_id: str, fields: Mapping[str, str]) -> int:
        """The number under which its author gets the form back, for a week."""
        row = UnsentFormRow(
            user_id=user_id, form_id=form_id, fields=dict(fields), kept_at=self._clock()
        )
        async with self._db.begin() as tx:
            tx.add(row)
        return row.id

    async def take_back(self, user_id: int, number: int) -> tuple[str, dict[str, str]]:
        """The form's id and what was typed into it; nobody else's is ever shown."""
        async with self._db.read() as tx:
            row = await tx.get(UnsentFormRow, number)
            if row is None or row.user_id != user_id or row.kept_at < self._clock() - KEPT:
                raise Refusal("What you typed is not here any more: start again.")
            return row.form_id, dict(row.fields)

    async def forget_old(self) -> None:
        """Forget what was kept for longer than a week."""
        async with self._db.begin() as tx:
            before = self._clock() - KEPT
            await tx.execute(delete(UnsentFormRow).where(UnsentFormRow.kept_at < before))

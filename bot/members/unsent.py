"""Forms that a rule refused: what was typed is kept for its author until they send it again."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.members.store import UNSENT_FORMS

KEPT = timedelta(days=7)

_KEEPING = insert(UNSENT_FORMS).returning(UNSENT_FORMS.c.id)
_ITS_AUTHORS = (
    UNSENT_FORMS.c.id == bindparam("its_id"),
    UNSENT_FORMS.c.user_id == bindparam("its_user"),
)
_KEEPING_ANEW = update(UNSENT_FORMS).where(*_ITS_AUTHORS)
_DROPPING = delete(UNSENT_FORMS).where(*_ITS_AUTHORS)
_TAKING_BACK = select(UNSENT_FORMS.c.form_id, UNSENT_FORMS.c.fields).where(
    *_ITS_AUTHORS,
    UNSENT_FORMS.c.kept_at >= bindparam("its_moment"),
)
_FORGETTING = delete(UNSENT_FORMS).where(UNSENT_FORMS.c.kept_at < bindparam("its_moment"))


class UnsentForms:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def keep(
        self, user_id: int, form_id: str, fields: Mapping[str, str], number: int | None = None
    ) -> int:
        """The number under which its author gets the form back, for a week.

        One that came of a kept form takes that one's `number` over: both cards hold the same.
        """
        row = {
            "user_id": user_id,
            "form_id": form_id,
            "fields": dict(fields),
            "kept_at": self._clock(),
        }
        async with self._db.begin() as tx:
            if number is not None:
                kept = await tx.execute(
                    _KEEPING_ANEW, {"its_id": number, "its_user": user_id} | row
                )
                if kept.rowcount:
                    return number
            return (await tx.scalars(_KEEPING, row)).one()

    async def take_back(self, user_id: int, number: int) -> tuple[str, dict[str, str]]:
        """The form's id and what was typed into it; nobody else's is ever shown."""
        async with self._db.read() as tx:
            asked = {"its_id": number, "its_user": user_id, "its_moment": self._clock() - KEPT}
            row = (await tx.execute(_TAKING_BACK, asked)).one_or_none()
        if row is None:
            raise Refusal("What you typed is not here any more: start again.")
        return row.form_id, row.fields

    async def drop(self, user_id: int, number: int) -> None:
        """Forget a form that was taken in, or that its author leaves: it is not sent twice."""
        async with self._db.begin() as tx:
            await tx.execute(_DROPPING, {"its_id": number, "its_user": user_id})

    async def forget_old(self) -> None:
        """Forget what was kept for longer than a week."""
        async with self._db.begin() as tx:
            await tx.execute(_FORGETTING, {"its_moment": self._clock() - KEPT})

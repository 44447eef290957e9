"""How deliveries ended, written by the worker that has them in hand; and forgotten in time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, func, null, select, update
from sqlalchemy.dialects import postgresql

from bot.database import Tx, UTCDateTime, is_sqlite
from bot.jobs.model import DeliveryState, End
from bot.jobs.store import DELIVERIES, as_it_is

_END = (
    update(DELIVERIES)
    .where(DELIVERIES.c.id == bindparam("its_id"), DELIVERIES.c.owner == bindparam("its_owner"))
    .where(DELIVERIES.c.state == as_it_is(DeliveryState.LEASED))
    .where(DELIVERIES.c.attempts == func.coalesce(bindparam("its_attempts"), DELIVERIES.c.attempts))
    .values(
        state=bindparam("its_state"),
        done_at=bindparam("its_end"),
        message_id=bindparam("its_message"),
        note=bindparam("its_note"),
        failures=DELIVERIES.c.failures + bindparam("its_failures"),
        not_before=func.coalesce(bindparam("later", type_=UTCDateTime), DELIVERIES.c.not_before),
        owner=null(),
        lease_until=null(),
    )
)

_BIGINTS = postgresql.ARRAY(BigInteger)
_PAIRS = (
    func.unnest(
        bindparam("ids", type_=_BIGINTS),
        bindparam("messages", type_=_BIGINTS),
        bindparam("tries", type_=_BIGINTS),
    )
    .table_valued("delivery_id", "message_id", "attempts")
    .render_derived(name="pairs")
)
_END_SENT = (
    update(DELIVERIES)
    .where(DELIVERIES.c.id == _PAIRS.c.delivery_id, DELIVERIES.c.owner == bindparam("its_owner"))
    .where(DELIVERIES.c.state == as_it_is(DeliveryState.LEASED))
    .where(DELIVERIES.c.attempts == func.coalesce(_PAIRS.c.attempts, DELIVERIES.c.attempts))
    .values(
        state=as_it_is(DeliveryState.SENT),
        done_at=bindparam("its_end"),
        message_id=_PAIRS.c.message_id,
        note=null(),
        owner=null(),
        lease_until=null(),
    )
)


async def mark_ended(tx: Tx, owner: str, ends: Sequence[End]) -> None:
    """Write how deliveries ended, and their records; those that are not `owner`'s stay."""
    sent = [one for one in ends if one.is_plain]
    if sent:
        await _end_sent(tx, owner, sent)
    others = [_values(one, owner) for one in ends if one.record is None and not one.is_plain]
    if others:
        await tx.execute(_END, others)
    for one in ends:
        if one.record is not None and await _is_ended(tx, one, owner):
            await one.record(tx)


async def _end_sent(tx: Tx, owner: str, ends: Sequence[End]) -> None:
    if is_sqlite(tx):
        await tx.execute(_END, [_values(one, owner) for one in ends])
        return
    # One statement for all: PostgreSQL would answer each of many.
    asked = {
        "its_owner": owner,
        "its_end": max(one.at for one in ends),
        "ids": [one.delivery_id for one in ends],
        "messages": [one.message_id for one in ends],
        "tries": [one.attempts for one in ends],
    }
    await tx.execute(_END_SENT, asked)


async def _is_ended(tx: Tx, one: End, owner: str) -> bool:
    found = await tx.scalar(_END.returning(DELIVERIES.c.id), _values(one, owner))
    return found is not None


def _values(one: End, owner: str) -> dict[str, object]:
    return {
        "its_id": one.delivery_id,
        "its_owner": owner,
        "its_attempts": one.attempts,
        "its_state": one.state,
        "its_end": one.at if one.not_before is None else None,
        "its_message": one.message_id,
        "its_note": one.note,
        "its_failures": int(one.is_failure),
        "later": one.not_before,
    }


async def purge(tx: Tx, before: datetime, most: int = 5_000) -> int:
    """How many deliveries that ended before `before` were forgotten, at most `most`."""
    old = select(DELIVERIES.c.id).where(DELIVERIES.c.done_at < before).limit(most)
    gone = await tx.execute(
        delete(DELIVERIES).where(DELIVERIES.c.id.in_(old)).returning(DELIVERIES.c.id)
    )
    return len(gone.all())

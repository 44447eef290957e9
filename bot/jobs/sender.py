"""Performs claimed deliveries, each on its own, and writes how each one ended."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.database import is_outage
from bot.jobs.flights import Flights
from bot.jobs.handler import Act, BatchHandler, Handler
from bot.jobs.marker import Marker
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Delivery,
    DeliveryState,
    Done,
    End,
    Outcome,
    pause_before,
)
from bot.jobs.pacer import DIRECTS, Pacer
from bot.messenger import Barred, DeliveryProblem, TokenRefused, TooManyDirects, TryLater

log = structlog.get_logger()

LAST_SECONDS = 10
"""The part of a lease that is left for marking: nobody acts on a delivery that another may take."""

PREPARE_SECONDS = 20
LONGEST_EARLY = 5.0
"""Seconds; a clock that was set back after the claim must not hold a delivery for an hour."""

BARRED = timedelta(minutes=10)
"""How long nobody calls after Discord has shut us out without saying for how long."""


def act_until() -> float:
    """The event loop's time until which one may act on what is claimed from now on."""
    return asyncio.get_running_loop().time() + LEASE.total_seconds() - LAST_SECONDS


class Sender:
    """Lets deliveries fly. `on_refused` hears when the token is no longer valid."""

    def __init__(
        self,
        clock: Clock,
        flights: Flights,
        marker: Marker,
        pacer: Pacer,
        on_refused: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._flights = flights
        self._marker = marker
        self._pacer = pacer
        self._on_refused = on_refused

    def let_go(self, handler: Handler, deliveries: Sequence[Delivery], until: float) -> None:
        """Perform deliveries of one kind in the background; one that hangs holds up no other."""
        sending = self._send(handler, deliveries, until)
        self._flights.begin(sending, len(deliveries), is_news=False)

    async def _send(self, handler: Handler, deliveries: Sequence[Delivery], until: float) -> None:
        acts = await _prepare(handler, deliveries)
        for one in deliveries:
            self._flights.begin(self._perform(one, acts[one.id], until), 1)

    async def _perform(self, delivery: Delivery, act: Act, until: float) -> None:
        try:
            early = (delivery.not_before - self._clock()).total_seconds()
            if early > 0:
                await asyncio.sleep(min(early, LONGEST_EARLY))
            outcome = await _act(act, until)
            await self._mark(delivery, outcome)
        except TokenRefused:
            log.error("jobs.token_refused")
            self._on_refused()
            await self._give_back(delivery, "the token is refused", timedelta())
        except TryLater as fault:
            await self._obey(fault)
            await self._give_back(delivery, str(fault), fault.delay)
        except DeliveryProblem as problem:
            await self._end(delivery, DeliveryState.SKIPPED, repr(problem))
        except Exception as error:
            if is_outage(error):
                await self._give_back(delivery, repr(error), None)
                return
            log.exception("jobs.delivery_failed", kind=delivery.kind, delivery_id=delivery.id)
            if delivery.failures + 1 >= MOST_ATTEMPTS:
                await self._end(delivery, DeliveryState.PARKED, repr(error))
            else:
                await self._give_back(delivery, repr(error), None, is_failure=True)

    async def _obey(self, fault: TryLater) -> None:
        """Do what a fault asks of everybody who sends."""
        if isinstance(fault, Barred):
            log.error("jobs.barred", reason=str(fault))
            await self._pacer.close(fault.delay or BARRED)
        elif isinstance(fault, TooManyDirects):
            log.warning("jobs.too_many_directs")
            await self._pacer.slow_down(DIRECTS.name, fault.delay or BARRED)

    async def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            state, message_id, note = DeliveryState.SENT, outcome.message_id, None
        else:
            state, message_id, note = DeliveryState.SKIPPED, None, outcome.reason
        await self._marker.mark(
            End(
                delivery_id=delivery.id,
                attempts=delivery.attempts,
                state=state,
                at=self._clock(),
                message_id=message_id,
                note=note,
                record=outcome.record,
            )
        )

    async def _end(self, delivery: Delivery, state: DeliveryState, note: str) -> None:
        log.warning("jobs.ended", kind=delivery.kind, delivery_id=delivery.id, note=note)
        end = End(
            delivery_id=delivery.id,
            attempts=delivery.attempts,
            state=state,
            at=self._clock(),
            note=note,
        )
        await self._marker.mark(end)

    async def _give_back(
        self,
        delivery: Delivery,
        note: str,
        delay: timedelta | None,
        *,
        is_failure: bool = False,
    ) -> None:
        pause = pause_before(delivery.attempts) if delay is None else delay
        log.warning("jobs.put_back", kind=delivery.kind, delivery_id=delivery.id, note=note)
        later = _later(delivery, self._clock(), pause, note)
        await self._marker.mark(replace(later, is_failure=is_failure))


def _later(delivery: Delivery, now: datetime, pause: timedelta, note: str) -> End:
    return End(
        delivery_id=delivery.id,
        attempts=delivery.attempts,
        state=DeliveryState.READY,
        at=now,
        note=note,
        not_before=now + pause,
    )


async def _prepare(handler: Handler, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
    if not isinstance(handler, BatchHandler):
        return {one.id: partial(handler.deliver, one) for one in deliveries}
    try:
        async with asyncio.timeout(PREPARE_SECONDS):
            return await handler.prepare(deliveries)
    except TimeoutError:
        slow = TryLater("what the batch needs could not be read in time")
        return {one.id: partial(_fail, slow) for one in deliveries}
    except Exception as error:  # noqa: BLE001 - each delivery meets it, and is told apart
        if len(deliveries) == 1 or is_outage(error):
            return {one.id: partial(_fail, error) for one in deliveries}
        # One that can't be read must not keep the others from being sent.
        acts: dict[int, Act] = {}
        for one in deliveries:
            acts |= await _prepare(handler, [one])
        return acts


async def _fail(error: Exception) -> Outcome:
    raise error


async def _act(act: Act, until: float) -> Outcome:
    """Perform while the loop's time is before `until`, when the lease nears its end."""
    limit = asyncio.timeout_at(until)
    try:
        async with limit:
            return await act()
    except TimeoutError as error:
        if limit.expired():
            raise TryLater("the lease was running out") from error
        raise

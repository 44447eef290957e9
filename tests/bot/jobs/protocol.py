"""The delivery protocol as a model: one delivery, two workers, and an adversary who picks faults.

A worker claims the delivery, looks for the message of an earlier attempt if there was one, sends,
and marks. Every run of two workers is explored, with every choice of a few faults at any of their
steps. Time is abstract: it passes when it can, and overtaking a worker at work (freezing it) is a
fault. What must never come out is in `Harm`; where it may, all the same, is in `Residual`.

Not in it: refusals that last (a channel that is gone), after which a delivery ends as skipped; the
limit of attempts, which no run here reaches; and messages that somebody deletes.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

MOST_FAULTS = 3
NAMES = ("A", "B")


class Step(StrEnum):
    """What a worker does next. One that waits for work stands before CLAIM."""

    CLAIM = "claims"
    LOOK = "looks"
    SEND = "sends"
    MARK = "marks"
    GIVE_BACK = "gives back"


class RowState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"


class Harm(StrEnum):
    """The ways in which a promise is broken."""

    LOST = "all is at rest, and there is no message or the row is not marked"
    DOUBLED = "there are two messages"
    RECORDED_TWICE = "what follows from the delivery was written twice"
    ENDLESS = "workers can undo each other's work for ever"


class Residual(StrEnum):
    """What no rule of ours can answer: the chat system offers nothing for it."""

    FROZEN = "a worker is frozen over a whole window between its search and its request"
    LATE = "a request takes effect more than a window after its sender gave up"
    STALE = "a message is missing from the history for longer than a window less an attempt"


WINDOW = timedelta(seconds=60)
"""The chat system says "a few minutes": this is the least to plan for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The rules that workers keep. The default ones are ours; others are mutants of them."""

    order: tuple[Step, ...] = (Step.LOOK, Step.SEND, Step.MARK)
    has_fixed_nonce: bool = True
    """Every attempt has the same nonce, and the chat system drops a second one in its window."""
    is_leased: bool = True
    """What one worker has claimed no other can, until the lease ends."""
    checks_owner: bool = True
    """A worker marks and gives back only what it has claimed and no other since."""
    checks_state: bool = True
    """A worker marks and gives back only what has not ended."""
    has_deadline: bool = True
    """An attempt ends before its lease and before a window has passed. Whoever has not sent by
    then gives up and searches again in the next attempt; only a frozen worker acts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process and what it remembers; a crash leaves one that remembers nothing."""

    step: Step = Step.CLAIM
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything there is: the row, the chat system, the workers, the adversary's faults.

    `is_recent`: the last message is younger than the chat system's window for nonces.
    `in_flight`: requests that their senders gave up and that will take effect all the same.
    """

    row: RowState = RowState.READY
    owner: int | None = None
    was_attempted: bool = False
    records: int = 0
    messages: int = 0
    is_recent: bool = False
    in_flight: int = 0
    workers: tuple[Worker, Worker] = (Worker(), Worker())
    faults_left: int = MOST_FAULTS


Move = tuple[str, int, World]
"""What happens, how many faults that takes, and the world after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A protocol and the residual faults against which it is played."""

    protocol: Protocol = Protocol()
    residual: frozenset[Residual] = frozenset()

    def moves(self, world: World) -> Iterator[tuple[str, World]]:
        """Everything that can happen next, each with the world after it."""
        for what, cost, after in (*self._all_work(world), *self._passing(world)):
            if cost <= world.faults_left:
                left = world.faults_left - cost
                yield what, replace(after, faults_left=left) if cost else after

    # What the workers do.

    def _all_work(self, world: World) -> Iterator[Move]:
        for me, worker in enumerate(world.workers):
            for what, cost, after in self._work(world, me, worker):
                yield f"{NAMES[me]} {what}", cost, after

    def _work(self, world: World, me: int, worker: Worker) -> Iterator[Move]:
        match worker.step:
            case Step.CLAIM:
                yield from self._claim(world, me)
                return
            case Step.LOOK:
                yield from self._look(world, me)
            case Step.SEND:
                yield from self._send(world, me)
            case Step.MARK:
                yield from self._mark(world, me)
            case Step.GIVE_BACK:
                yield from self._give_back(world, me)
        # A crash before a step's effect; one after it is a crash before the next step.
        yield "crashes", 1, _at(world, me, Step.CLAIM)

    def _claim(self, world: World, me: int) -> Iterator[Move]:
        # A claim that fails changes nothing; one whose answer is lost is a crash right after it.
        is_taken = self.protocol.is_leased and world.row is RowState.LEASED
        if world.row is not RowState.SENT and not is_taken:
            order, is_repeated = self.protocol.order, world.was_attempted
            skips_look = order[0] is Step.LOOK and not is_repeated
            worker = Worker(step=order[int(skips_look)], is_repeated=is_repeated)
            claimed = replace(world, row=RowState.LEASED, owner=me, was_attempted=True)
            yield "claims", 0, _with(claimed, me, worker)

    def _look(self, world: World, me: int) -> Iterator[Move]:
        if world.messages:
            yield "looks: found", 0, _at(world, me, Step.MARK)
        else:
            yield "looks: nothing", 0, self._next(world, me, Step.LOOK)
        if world.messages and (world.is_recent or Residual.STALE in self.residual):
            yield "looks: not shown yet", 1, self._next(world, me, Step.LOOK)
        yield "looks: fails", 1, _at(world, me, Step.GIVE_BACK)
        yield from self._deadline(world, me)

    def _send(self, world: World, me: int) -> Iterator[Move]:
        failed = _at(world, me, Step.GIVE_BACK)
        yield "sends", 0, self._next(self._take_effect(world), me, Step.SEND)
        yield "sends: refused", 1, failed
        yield "sends: answer lost", 1, self._take_effect(failed)
        yield "sends: no answer yet", 1, replace(failed, in_flight=world.in_flight + 1)
        yield from self._deadline(world, me)

    def _deadline(self, world: World, me: int) -> Iterator[Move]:
        if self.protocol.has_deadline and world.owner != me:
            yield "gives up", 0, _at(world, me, Step.GIVE_BACK)

    def _mark(self, world: World, me: int) -> Iterator[Move]:
        marked = world
        if not self._may_write(world, me):
            yield "marks: not its own", 0, _at(world, me, Step.CLAIM)
        else:
            marked = replace(world, row=RowState.SENT, owner=None, records=world.records + 1)
            yield "marks", 0, self._next(marked, me, Step.MARK)
        yield "marks: rolled back", 1, _at(world, me, Step.GIVE_BACK)
        yield "marks: answer lost", 1, _at(marked, me, Step.GIVE_BACK)

    def _give_back(self, world: World, me: int) -> Iterator[Move]:
        if self._may_write(world, me):
            given = replace(world, row=RowState.READY, owner=None)
            yield "gives back", 0, _at(given, me, Step.CLAIM)
        else:
            yield "gives back: not its own", 0, _at(world, me, Step.CLAIM)
        yield "gives back: rolled back", 1, _at(world, me, Step.CLAIM)

    def _may_write(self, world: World, me: int) -> bool:
        is_its_own = world.owner == me or not self.protocol.checks_owner
        is_open = world.row is RowState.LEASED or not self.protocol.checks_state
        return is_its_own and is_open

    def _next(self, world: World, me: int, done: Step) -> World:
        order = (*self.protocol.order, Step.CLAIM)
        return _at(world, me, order[order.index(done) + 1])

    # What the chat system and time do.

    def _take_effect(self, world: World) -> World:
        if world.is_recent and self.protocol.has_fixed_nonce:
            return world
        return replace(world, messages=min(world.messages + 1, 2), is_recent=True)

    def _passing(self, world: World) -> Iterator[Move]:
        if world.in_flight:
            after = self._take_effect(replace(world, in_flight=world.in_flight - 1))
            yield "a request takes effect late", 0, after
        if self.protocol.is_leased and world.owner is not None:
            is_at_work = world.workers[world.owner].step is not Step.CLAIM
            what = "the lease ends over a frozen worker" if is_at_work else "the lease ends"
            yield what, int(is_at_work), replace(world, row=RowState.READY, owner=None)
        if world.is_recent and (not world.in_flight or Residual.LATE in self.residual):
            yield from self._end_window(replace(world, is_recent=False))

    def _end_window(self, world: World) -> Iterator[Move]:
        after = world
        for me, worker in enumerate(world.workers):
            if self.protocol.has_deadline and worker.step is Step.SEND:
                after = _at(after, me, Step.GIVE_BACK)
        yield "the window ends", 0, after
        if Residual.FROZEN in self.residual and after != world:
            yield "the window ends over a frozen worker", 1, world


def _with(world: World, me: int, worker: Worker) -> World:
    first, second = world.workers
    return replace(world, workers=(worker, second) if me == 0 else (first, worker))


def _at(world: World, me: int, step: Step) -> World:
    """The world with the worker before `step`; before CLAIM it remembers nothing."""
    is_repeated = step is not Step.CLAIM and world.workers[me].is_repeated
    return _with(world, me, Worker(step=step, is_repeated=is_repeated))


def harms(world: World, *, is_end: bool) -> frozenset[Harm]:
    """What has gone wrong; only of an end can one say that something is lost."""
    found = set()
    if world.messages > 1:
        found.add(Harm.DOUBLED)
    if world.records > 1:
        found.add(Harm.RECORDED_TWICE)
    if is_end and (world.messages == 0 or world.row is not RowState.SENT):
        found.add(Harm.LOST)
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What can come of a delivery.

    `harmed` counts the ends (worlds in which all is at rest) that broke a promise, and for
    ENDLESS the worlds on a circle of moves or behind one. `shortest` is a shortest run that
    breaks the promise, `runs` counts those that end without meeting a circle.
    """

    worlds: int
    runs: int
    events: frozenset[str]
    harmed: Mapping[Harm, int]
    shortest: Mapping[Harm, tuple[str, ...]]


def explore(model: Model, faults: int = MOST_FAULTS) -> Explored:
    """Every world that can be reached with at most so many faults, breadth first."""
    start = World(faults_left=faults)
    came_from: dict[World, tuple[World, str] | None] = {start: None}
    leads_to: dict[World, list[World]] = {}
    harmed: Counter[Harm] = Counter()
    shortest: dict[Harm, tuple[str, ...]] = {}
    events: set[str] = set()
    queue = deque([start])
    while queue:
        world = queue.popleft()
        moves = list(model.moves(world))
        found = harms(world, is_end=not moves)
        harmed.update(found if not moves else ())
        for harm in found - shortest.keys():
            shortest[harm] = _run_to(world, came_from)
        for what, after in moves:
            if after not in came_from:
                came_from[after] = (world, what)
                queue.append(after)
        events |= {what for what, _after in moves}
        leads_to[world] = [after for _what, after in moves]
    runs, endless = _count_runs(leads_to, start)
    if endless:
        harmed[Harm.ENDLESS] = endless
    return Explored(
        worlds=len(leads_to),
        runs=runs,
        events=frozenset(events),
        harmed=dict(harmed),
        shortest=shortest,
    )


def _run_to(world: World, came_from: Mapping[World, tuple[World, str] | None]) -> tuple[str, ...]:
    run: list[str] = []
    while (before := came_from[world]) is not None:
        world, what = before
        run.append(what)
    return tuple(reversed(run))


def _count_runs(leads_to: Mapping[World, Sequence[World]], start: World) -> tuple[int, int]:
    """How many ways lead from `start` to an end, and how many worlds lie on or behind a circle."""
    arrows = Counter(after for ends in leads_to.values() for after in ends)
    ways = Counter({start: 1})
    runs, passed = 0, 0
    free = [] if arrows[start] else [start]
    while free:
        world = free.pop()
        passed += 1
        runs += 0 if leads_to[world] else ways[world]
        for after in leads_to[world]:
            ways[after] += ways[world]
            arrows[after] -= 1
            if not arrows[after]:
                free.append(after)
    return runs, len(leads_to) - passed

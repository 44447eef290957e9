"""Counting: pure, in integers, and so that anybody can repeat it.

Ties follow the published order: pitches that lost an earlier ballot first, in the order they were
submitted, then first-timers by lot, ascending by the SHA-256 of `<ballot message id>:<pitch id>`
in hexadecimal.

The fair rules price a pitch as perpetual Phragmén does: whoever gets a talk that they chose has
received it, shared with all who chose it; a pitch is cheap where its supporters have received
little. Numbers are whole, in units of 10^-6 / scale of a talk: rounding after each seat changes
winners in up to 2 % of small ballots.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import accumulate
from typing import Generic, TypeVar

from bot.groups.model import BallotRule

PitchId = TypeVar("PitchId", bound=int | str)
MemberId = TypeVar("MemberId", bound=int | str)

TALK = 1_000_000
"""One talk received, as credits count it."""


class Ground(StrEnum):
    """What a seat went by."""

    APPROVALS = "approvals"
    PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[PitchId]):
    """One election: who won by what, and which others were exactly as good.

    `level` is how much the least served supporters have received with this talk, in millionths of
    one, rounded down; None under "most votes", which keeps no account.
    """

    pitch_id: PitchId
    ground: Ground
    approvals: int
    level: int | None = None
    equals: tuple[PitchId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[PitchId, MemberId]):
    """All approved pitches in the order of election, of which the first `seats` have won, and
    everybody's credits afterwards.
    """

    steps: tuple[Step[PitchId], ...]
    seats: int
    credits: Mapping[MemberId, int]

    @property
    def winners(self) -> tuple[PitchId, ...]:
        return tuple(step.pitch_id for step in self.steps[: self.seats])


def lot(ballot_message_id: int, pitch_id: int | str) -> str:
    """A first-timer's lot; the lower one goes first."""
    return sha256(f"{ballot_message_id}:{pitch_id}".encode()).hexdigest()


def order_ties(
    ballot_message_id: int, waiting_order: Sequence[PitchId], pitch_ids: Iterable[PitchId]
) -> tuple[PitchId, ...]:
    """The order in which equals win; ids in `waiting_order` that are not options are ignored."""
    options = set(pitch_ids)
    waiting = list(dict.fromkeys(one for one in waiting_order if one in options))
    drawn = sorted(options.difference(waiting), key=lambda one: lot(ballot_message_id, one))
    return (*waiting, *drawn)


def tally(
    rule: BallotRule,
    choices: Mapping[MemberId, frozenset[PitchId]],
    seats: int,
    tie_order: Sequence[PitchId],
    entries: Mapping[MemberId, int],
) -> Outcome[PitchId, MemberId]:
    """The outcome by the rule; every chosen pitch has to be in `tie_order`, and `seats` ≥ 1.

    `choices` holds what eligible members approve of; `entries` every member's number, also of
    those who did not vote. The same input has the same outcome on any machine.
    """
    voters = {member: chosen for member, chosen in choices.items() if chosen}
    supporters: dict[PitchId, list[MemberId]] = {pitch_id: [] for pitch_id in tie_order}
    for member, chosen in voters.items():
        for pitch_id in chosen:
            supporters[pitch_id].append(member)
    supporters = {pitch_id: people for pitch_id, people in supporters.items() if people}
    if rule is BallotRule.MOST_VOTES:
        return Outcome(steps=tuple(_by_approvals(supporters)), seats=seats, credits=dict(entries))
    if rule is BallotRule.FAIR_THIS_BALLOT:
        account = _Account(dict.fromkeys(voters, 0), supporters)
        return Outcome(steps=tuple(_elect(account)), seats=seats, credits=dict(entries))
    account = _Account(starting_credits(list(voters), entries), supporters)
    first = [_first_seat(account)] if seats > 1 and supporters else []
    steps = [*first, *_elect(account, seats - len(first))]
    paid = {**entries, **account.credits}
    return Outcome(steps=(*steps, *_elect(account)), seats=seats, credits=paid)


def starting_credits(
    voters: Sequence[MemberId], entries: Mapping[MemberId, int]
) -> dict[MemberId, int]:
    """With what each voter enters a ballot under "fair turns".

    Newcomers start at the mean of all; nobody enters more than one talk below the mean of the
    voters, or somebody who was long away would win alone.
    """
    mean = sum(entries.values()) // len(entries) if entries else 0
    entered = {member: entries.get(member, mean) for member in voters}
    floor = sum(entered.values()) // len(entered) - TALK if entered else 0
    return {member: max(number, floor) for member, number in entered.items()}


def _by_approvals(supporters: Mapping[PitchId, Sequence[MemberId]]) -> Iterable[Step[PitchId]]:
    left = {pitch_id: len(people) for pitch_id, people in supporters.items()}
    while left:
        most = max(left.values())
        winner, *equals = (pitch_id for pitch_id, count in left.items() if count == most)
        yield Step(pitch_id=winner, ground=Ground.APPROVALS, approvals=most, equals=tuple(equals))
        del left[winner]


@dataclass(frozen=True, slots=True)
class _Price:
    """A level of `parts` / `among`, in units of the account it was made from."""

    parts: int
    among: int

    def is_below(self, other: "_Price") -> bool:
        return self.parts * other.among < other.parts * self.among


class _Account(Generic[PitchId, MemberId]):
    """What each voter has received, and the pitches that are not elected, in tie order."""

    def __init__(
        self, entries: Mapping[MemberId, int], supporters: Mapping[PitchId, list[MemberId]]
    ) -> None:
        self._loads = dict(entries)
        self._scale = 1
        self.left = {pitch_id: list(people) for pitch_id, people in supporters.items()}

    @property
    def credits(self) -> dict[MemberId, int]:
        """Everybody's number, rounded down."""
        return {member: load // self._scale for member, load in self._loads.items()}

    def price(self, pitch_id: PitchId) -> _Price:
        """The level at which one talk, poured over the least served supporters, stands.

        With loads ascending it is the least of (1 + the first k loads) / k; from the first k on
        whose next load is not below the level, it rises again, so that k is found by halving.
        """
        people = self.left[pitch_id]
        people.sort(key=self._loads.__getitem__)  # nearly sorted since the last time
        loads = [self._loads[member] for member in people]
        sums = list(accumulate(loads, initial=TALK * self._scale))
        low, high = 1, len(loads)
        while low < high:
            middle = (low + high) // 2
            if loads[middle] * middle < sums[middle]:
                low = middle + 1
            else:
                high = middle
        return _Price(sums[low], low)

    def charge(self, pitch_id: PitchId, price: _Price) -> int:
        """Raise the supporters who are below the price to it; that level in millionths."""
        if price.parts % price.among:
            self._scale *= price.among
            self._loads = {member: load * price.among for member, load in self._loads.items()}
            price = _Price(price.parts * price.among, price.among)
        level = price.parts // price.among
        for member in self.left.pop(pitch_id):
            self._loads[member] = max(self._loads[member], level)
        return level // self._scale


def _first_seat(account: _Account[PitchId, MemberId]) -> Step[PitchId]:
    """The most approved pitch, whose supporters are charged like any others."""
    counts = {pitch_id: len(people) for pitch_id, people in account.left.items()}
    first = next(iter(_by_approvals(account.left)))
    level = account.charge(first.pitch_id, account.price(first.pitch_id))
    return Step(
        pitch_id=first.pitch_id,
        ground=Ground.APPROVALS,
        approvals=counts[first.pitch_id],
        level=level,
        equals=first.equals,
    )


def _elect(account: _Account[PitchId, MemberId], seats: int | None = None) -> list[Step[PitchId]]:
    """The next `seats` elections by price, or all that there are."""
    steps: list[Step[PitchId]] = []
    while account.left and (seats is None or len(steps) < seats):
        prices = {pitch_id: account.price(pitch_id) for pitch_id in account.left}
        least = _least(prices.values())
        winner, *equals = (one for one, price in prices.items() if not least.is_below(price))
        approvals = len(account.left[winner])
        level = account.charge(winner, least)
        steps.append(
            Step(
                pitch_id=winner,
                ground=Ground.PRICE,
                approvals=approvals,
                level=level,
                equals=tuple(equals),
            )
        )
    return steps


def _least(prices: Iterable[_Price]) -> _Price:
    first, *others = prices
    for price in others:
        if price.is_below(first):
            first = price
    return first

"""The detector of wash trade: groups of users who sell to themselves, from the paid orders of one circle. Pure.

It compares what a user cannot hide at little cost: the real person, the payer, the device, the address, and whether trades go
round in a circle. It decides about no user: what it finds is for a reviewer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_SHARERS = 6  # a digest of more users is of a dormitory, a company or a shop's counter, and links none of them
MIN_REPEATS = 3  # orders of one buyer from one seller; friends rarely trade as often
MAX_CYCLE = 8  # users; a longer way round exists between honest traders of a large circle
MIN_ORDERS = 6  # inside a group, fewer change no rank
MIN_CLOSED_SHARE = 0.5  # of the sales of a group without a strong link: an honest seller sells to others too
MIN_COVEN_SHARE = 0.3  # of a seller's sales, by buyers who share a payer or a device: a family buys at many shops
MIN_COVEN = 3  # buyers


class Signal(StrEnum):
    """Why a buyer and a seller are linked. All but `cycle` and `address` are strong: each alone links them.

    person: one verified identity. payer, device: the seller, as a buyer elsewhere, used the same. coven: several buyers of the
    seller share a payer or a device. refund: refunded after receipt, repeatedly. cycle: their repeated trades go round.
    address: the same address, of few users.
    """

    PERSON = "person"
    PAYER = "payer"
    DEVICE = "device"
    COVEN = "coven"
    REFUND = "refund"
    CYCLE = "cycle"
    ADDRESS = "address"


WEIGHTS = {
    Signal.PERSON: 3,
    Signal.PAYER: 3,
    Signal.DEVICE: 3,
    Signal.COVEN: 3,
    Signal.CYCLE: 3,
    Signal.REFUND: 2,
    Signal.ADDRESS: 1,
}
MIN_WEIGHT = 3
STRONG = frozenset({Signal.PERSON, Signal.PAYER, Signal.DEVICE, Signal.COVEN})
Pair = tuple[str, str]  # buyer and seller


@dataclass(frozen=True, slots=True)
class PaidTrade:
    """A paid order, as the detector reads it.

    payer, device, address: keyed digests of what the order was placed and paid with; empty if unknown.
    is_refunded_after_receipt: the buyer confirmed receipt, which a 买家秀 and its badge need, and the order was refunded then.
    """

    order_id: str
    buyer_id: str
    seller_id: str
    payer: str = ""
    device: str = ""
    address: str = ""
    is_refunded_after_receipt: bool = False


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """A buyer and a seller who are linked, with the number of their orders and why."""

    buyer_id: str
    seller_id: str
    orders: int
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuspectedGroup:
    """Users who trade among themselves, with the orders between them and why they are linked. For a reviewer, no verdict.

    pairs: those with the most orders first.
    """

    user_ids: frozenset[str]
    order_ids: frozenset[str]
    signals: frozenset[Signal]
    pairs: tuple[LinkedPair, ...]


def find_suspected_groups(trades: Sequence[PaidTrade], identities: Mapping[str, frozenset[str]]) -> list[SuspectedGroup]:
    """Return the groups that may trade with themselves, those with the most orders first.

    identities: of each user who was verified.
    """
    by_pair: dict[Pair, list[PaidTrade]] = defaultdict(list)
    for trade in trades:
        by_pair[trade.buyer_id, trade.seller_id].append(trade)
    signals = _signals_of(trades, by_pair, identities)
    linked = {pair: found for pair, found in signals.items() if sum(WEIGHTS[one] for one in found) >= MIN_WEIGHT}
    sales = Counter(trade.seller_id for trade in trades)
    groups = (_group(users, by_pair, linked) for users in _components(linked))
    found = [group for group in groups if _is_suspected(group, by_pair, sales)]
    return sorted(found, key=lambda group: (-len(group.order_ids), min(group.user_ids)))


def _signals_of(
    trades: Sequence[PaidTrade], by_pair: Mapping[Pair, Sequence[PaidTrade]], identities: Mapping[str, frozenset[str]]
) -> dict[Pair, set[Signal]]:
    signals: dict[Pair, set[Signal]] = {pair: set() for pair in by_pair}
    none: frozenset[str] = frozenset()
    for buyer, seller in by_pair:
        if identities.get(buyer, none) & identities.get(seller, none):
            signals[buyer, seller].add(Signal.PERSON)
    for signal in (Signal.PAYER, Signal.DEVICE, Signal.ADDRESS):
        _compare_digests(signal, trades, signals)
    for pair, of_pair in by_pair.items():
        if sum(trade.is_refunded_after_receipt for trade in of_pair) >= MIN_REPEATS - 1:
            signals[pair].add(Signal.REFUND)
    for pair in _in_cycles([pair for pair, of_pair in by_pair.items() if len(of_pair) >= MIN_REPEATS]):
        signals[pair].add(Signal.CYCLE)
    return signals


def _compare_digests(signal: Signal, trades: Sequence[PaidTrade], signals: Mapping[Pair, set[Signal]]) -> None:
    """Link buyers to sellers who used the same digest as buyers, and the buyers of one seller who share one."""
    users: dict[str, set[str]] = defaultdict(set)
    for trade in trades:
        if digest := getattr(trade, signal):
            users[digest].add(trade.buyer_id)
    shared = {digest: of_digest for digest, of_digest in users.items() if 1 < len(of_digest) <= MAX_SHARERS}
    for of_digest in shared.values():
        for buyer in of_digest:
            for seller in of_digest - {buyer}:
                if (buyer, seller) in signals:
                    signals[buyer, seller].add(signal)
    if signal is not Signal.ADDRESS:  # roommates and families order at one shop, to one address
        _find_covens(trades, [frozenset(of_digest) for of_digest in shared.values()], signals)


def _find_covens(trades: Sequence[PaidTrade], shared: Iterable[frozenset[str]], signals: Mapping[Pair, set[Signal]]) -> None:
    sellers_of: dict[str, Counter[str]] = defaultdict(Counter)
    for trade in trades:
        sellers_of[trade.buyer_id][trade.seller_id] += 1
    sales = Counter(trade.seller_id for trade in trades)
    for users in shared:
        bought = sum((sellers_of[user] for user in users), Counter[str]())
        for seller, orders in bought.items():
            buyers = [user for user in users if sellers_of[user][seller]]
            if len(buyers) >= MIN_COVEN and orders >= MIN_COVEN_SHARE * sales[seller]:
                for buyer in buyers:
                    signals[buyer, seller].add(Signal.COVEN)


def _in_cycles(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs whose seller buys from the buyer again, directly or over few others."""
    sellers: dict[str, set[str]] = defaultdict(set)
    for buyer, seller in pairs:
        sellers[buyer].add(seller)

    def reaches(start: str, goal: str) -> bool:
        seen, edge = {start}, {start}
        for _ in range(MAX_CYCLE - 1):
            edge = {seller for user in edge for seller in sellers.get(user, ())} - seen
            if goal in edge:
                return True
            seen |= edge
        return False

    return [(buyer, seller) for buyer, seller in pairs if reaches(seller, buyer)]


def _components(linked: Iterable[Pair]) -> list[set[str]]:
    """Return the users who are linked to each other, directly or over others."""
    near: dict[str, set[str]] = defaultdict(set)
    for buyer, seller in linked:
        near[buyer].add(seller)
        near[seller].add(buyer)
    left, found = set(near), list[set[str]]()
    while left:
        users, edge = set[str](), {min(left)}
        while edge:
            users |= edge
            edge = {other for user in edge for other in near[user]} - users
        left -= users
        found.append(users)
    return found


def _group(users: set[str], by_pair: Mapping[Pair, Sequence[PaidTrade]], linked: Mapping[Pair, set[Signal]]) -> SuspectedGroup:
    inside = [pair for pair in linked if users.issuperset(pair)]
    orders = frozenset(trade.order_id for pair in inside for trade in by_pair[pair])
    pairs = [LinkedPair(*pair, len(by_pair[pair]), tuple(sorted(linked[pair]))) for pair in inside]
    pairs.sort(key=lambda pair: (-pair.orders, pair.buyer_id, pair.seller_id))
    signals = frozenset(one for pair in inside for one in linked[pair])
    return SuspectedGroup(frozenset(users), orders, signals, tuple(pairs))


def _is_suspected(group: SuspectedGroup, by_pair: Mapping[Pair, Sequence[PaidTrade]], sales: Mapping[str, int]) -> bool:
    if len(group.order_ids) < MIN_ORDERS:
        return False
    if group.signals & STRONG:
        return True
    sellers = {seller for buyer, seller in by_pair if {buyer, seller} <= group.user_ids}
    return len(group.order_ids) >= MIN_CLOSED_SHARE * sum(sales[seller] for seller in sellers)

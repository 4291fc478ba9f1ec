"""Suspected wash trade: paid orders are stored for the detector, searched by circle, held, and decided by a reviewer.

No write is on the path of a buyer: the stream stores the orders, and a job of each circle searches them once per hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import canceled_commission_entry
from services.commerce.domain.order_state import DIVIDED
from services.commerce.domain.suspicion import decide_suspicion, suspect
from services.commerce.domain.trade_group import GroupState, TradeGroup, find_open_group, is_known_as_genuine
from services.commerce.domain.wash_trade import PaidTrade, SuspectedGroup, find_suspected_groups
from services.commerce.errors import TradeGroupNotFound
from services.commerce.repository import orders
from services.commerce.repository import trades as repository
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.parties import get_users
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.observability import logger
from services.shared.messaging.events import OrderSuspected, TradesDecided, TradesReported
from services.shared.messaging.stream import Change
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import ConditionFailed, Write
from services.shared.table.versioned import Changed, retry_on_write_conflict, save, update

SEARCH, DECIDE = "SEARCH_TRADES", "DECIDE_TRADES"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIN_ORDERS_OF_PAIR = 2  # of which identities are compared: one purchase changes no rank, and most pairs have one


def traded_orders(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    """Return the changes of orders that the detector needs, together: that were paid, or refunded after receipt."""
    found = [change for change in changes if orders.ORDERS.is_key(change.key) and change.new and _is_traded(change)]
    return [found] if found else []


def _is_traded(change: Change) -> bool:
    before, after = (image["state"] if image else "" for image in (change.old, change.new))
    if after == OrderState.PAID:
        return before != after
    return after == OrderState.REFUNDED and before in DIVIDED


def record_trades(ports: Ports, changes: Sequence[Change]) -> None:
    """Store paid orders for the detector, and plan the search of their circles. A repeat stores the same.

    Cost: 1 write unit per paid order, and 1 per circle of a batch; 1 per order that was refunded after its receipt.
    """
    circle_ids = set[str]()
    for change in changes:
        order = orders.ORDERS.from_item(change.new or {})
        if order.paid_at and order.state is OrderState.PAID:
            repository.put_trade(ports.table, order, order.paid_at)
            circle_ids.add(order.circle_id)
        elif order.paid_at:
            repository.mark_refunded(ports.table, order, order.paid_at)
    for circle_id in sorted(circle_ids):
        write = job_write(Job(SEARCH, circle_id, _next_search(ports.clock())))
        ports.table.put(write.item, when=write.when)


def _next_search(now: datetime) -> datetime:
    """Return the end of the current interval: all orders of a circle in it plan one search."""
    interval = settings().trade_search_interval
    return now + interval - (now - EPOCH) % interval


def search_trades(ports: Ports, job: Job) -> Iterator[None]:
    """Search the paid orders of a circle for wash trade. Each new suspected order is held, and each group is one case.

    A step is a write. A search that was interrupted begins again, and finds what it did.

    Cost: 1 read unit per 28 orders of the period, and 0.5 per user of a pair with two orders. Per suspected order 6 write
    units and its indexes; per group that has changed 1 write unit per KB.
    """
    circle_id = job.id
    found = repository.list_trades(ports.table, circle_id, ports.clock() - settings().trade_search_period)
    trades, owner_of = [trade for trade, _ in found], {trade.order_id: owner_id for trade, owner_id in found}
    buyer_of = {trade.order_id: trade.buyer_id for trade in trades}
    for group in find_suspected_groups(trades, _get_identities(ports, trades)):
        yield from _suspect_group(ports, circle_id, group, owner_of, buyer_of)


def _get_identities(ports: Ports, trades: Iterable[PaidTrade]) -> dict[str, frozenset[str]]:
    numbers = Counter((trade.buyer_id, trade.seller_id) for trade in trades)
    users = sorted({user for pair, number in numbers.items() if number >= MIN_ORDERS_OF_PAIR for user in pair})
    return {user_id: party.identity_ids for user_id, party in get_users(ports.table, users).items()}


def _suspect_group(
    ports: Ports, circle_id: str, found: SuspectedGroup, owner_of: Mapping[str, str], buyer_of: Mapping[str, str]
) -> Iterator[None]:
    """Store a group with the event that opens its case, then hold its orders that are not suspected yet.

    The group has its orders first, so an interruption in between leaves none out.
    """
    groups = repository.list_groups(ports.table, circle_id, ports.clock())
    new = found.order_ids - repository.list_suspected_ids(ports.table, circle_id)
    if not new or is_known_as_genuine(groups, found):
        return
    known = find_open_group(groups, found) or TradeGroup(min(new), circle_id)
    loaded = repository.load_group_or(ports.table, known)
    if loaded.entity.state is not GroupState.OPEN:
        return  # a reviewer decided meanwhile: the next search compares it with the decision
    group = loaded.entity.add(found, {order_id: owner_of[order_id] for order_id in new}, at=ports.clock())
    if group != loaded.entity:
        try:
            save(ports, loaded, group, TradesReported)
        except ConditionFailed:
            return  # another run of the job, or a reviewer, was first
        logger().info("trades suspected", circle_id=circle_id, orders=len(new))
        yield
    for order_id in sorted(new):
        if suspect_order(ports, group, buyer_of[order_id], order_id):
            yield


def suspect_order(ports: Ports, group: TradeGroup, buyer_id: str, order_id: str) -> bool:
    """Mark an order as suspected, once, on the condition that no reviewer has decided about its group.

    False if it is marked, or if a reviewer was first.
    """

    def attempt() -> bool:
        loaded = orders.load_order(ports.table, buyer_id, order_id)
        after = suspect(loaded.entity, group.signals, at=ports.clock())
        if after == loaded.entity:
            return False
        also: list[Write] = [repository.suspected_order_write(group, after), repository.require_open_group(group)]
        try:
            save(ports, loaded, Changed(after, [OrderSuspected], also))
        except ConditionFailed as failed:
            if failed.index == 0:  # the order changed meanwhile: with its new state
                raise
            return False
        return True

    return retry_on_write_conflict(attempt)


def decide_trades(ports: Ports, event: TradesDecided) -> None:
    """Store the decision of a reviewer about a group, and plan what it does to the orders, in one transaction.

    Unchanged if a decision is stored.

    Cost: 4 write units and 1 read unit.
    """
    circle_id, group_id = event.data.circle_id, event.data.group_id

    def change(group: TradeGroup) -> TradeGroup | Changed[TradeGroup]:
        after = group.decide(is_fake=event.data.is_fake, at=ports.clock())
        job = Job(DECIDE, f"{circle_id}/{group_id}", ports.clock())
        return group if after == group else Changed(after, also=[job_write(job)])

    try:
        update(ports, partial(repository.load_group, ports.table, circle_id, group_id), change)
    except TradeGroupNotFound:
        return


def apply_decision(ports: Ports, job: Job) -> Iterator[None]:
    """Apply the decision about a group to its orders. A step is an order. No order can be added to a group with a decision.

    Cost: 2 write units per order and its indexes; 5 and those of the balances if its commission is canceled.
    """
    circle_id, _, group_id = job.id.partition("/")
    group = repository.load_group(ports.table, circle_id, group_id).entity
    is_fake = group.state is GroupState.FAKE
    for buyer_id, order_id in repository.iter_undecided_orders(ports.table, circle_id, group_id):
        load = partial(orders.load_order, ports.table, buyer_id, order_id)
        update(ports, load, partial(_decide_order, ports, is_fake))
        repository.expire_suspected_order(ports.table, circle_id, group_id, order_id, ports.clock())
        yield


def _decide_order(ports: Ports, is_fake: bool, order: Order) -> Order | Changed[Order]:
    after = decide_suspicion(order, is_fake=is_fake, at=ports.clock())
    if after == order:
        return order
    entry = canceled_commission_entry(order) if is_fake else None
    return Changed(after, [OrderSuspected], [append_entry(entry)] if entry else [])


def delete_trades_of_buyer(ports: Ports, user_id: str) -> Iterator[None]:
    """Delete the keyed hashes of a buyer's orders. Yields after each deletion."""
    since = ports.clock() - settings().trade_search_period
    for order in orders.iter_orders_of_buyer(ports.table, user_id):
        if order.paid_at and order.paid_at > since:
            repository.delete_trade(ports.table, order, order.paid_at)
            yield

"""Paid orders of a circle as the detector of wash trade reads them, the groups that it found, and their suspected orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.commerce.domain import Order
from services.commerce.domain.traces import Traces
from services.commerce.domain.trade_group import MAX_LISTED, GroupState, TradeGroup
from services.commerce.domain.wash_trade import LinkedPair, PaidTrade
from services.commerce.errors import TradeGroupNotFound
from services.commerce.settings import settings
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, PRESENT, Attr, Check, Item, Key, Put, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import Versioned, put_if_absent

GROUP, SUSPECTED = "GROUP#", "SUSPECTED#"
PAGE_SIZE = 1_000
MAX_TRADES = 10_000  # that a search reads, the newest: the number that the detector was measured with


def _trades_partition(circle_id: str) -> str:
    return f"TRADES#{circle_id}"


def _groups_partition(circle_id: str) -> str:
    return f"TRADE_GROUPS#{circle_id}"


def _trade_key(order: Order, paid_at: datetime) -> Key:
    return Key(_trades_partition(order.circle_id), f"{millis(paid_at):015}#{order.id}")


def put_trade(table: Table, order: Order, paid_at: datetime) -> None:
    """Store a paid order for the detector, unless it is stored. It expires. Cost: 1 write unit."""
    traces = order.traces
    item: Item = {
        **_trade_key(order, paid_at).attributes(),
        "buyer_id": order.buyer_id,
        "seller_id": order.seller_id,
        "owner_id": order.owner_id,
        "traces": [traces.payer, traces.device, traces.address],
        "expires_at": millis(paid_at + settings().trade_search_period) // 1000,
    }
    put_if_absent(table, item)


def mark_refunded(table: Table, order: Order, paid_at: datetime) -> None:
    """Store that an order was refunded after its receipt. Unchanged if it is not stored. Cost: 1 write unit."""
    try:
        table.update(_trade_key(order, paid_at), when=PRESENT, set={"is_refunded": True})
    except ConditionFailed:
        return


def list_trades(table: Table, circle_id: str, since: datetime) -> list[tuple[PaidTrade, str]]:
    """Return the paid orders of a circle, the newest first, each with the owner of the circle.

    Cost: 1 read unit per 8 KB, about 28 orders.
    """
    first, found = f"{millis(since):015}", list[tuple[PaidTrade, str]]()
    query = Query(pk=_trades_partition(circle_id), first=first, last="~", limit=PAGE_SIZE, newest_first=True)
    for item in query_all(table, query):
        found.append((_trade_from_item(item), item["owner_id"]))
        if len(found) >= MAX_TRADES:
            break
    return found


def _trade_from_item(item: Item) -> PaidTrade:
    order_id, traces = item["sk"].partition("#")[2], Traces(*item["traces"])
    about = (traces.payer, traces.device, traces.address)
    return PaidTrade(order_id, item["buyer_id"], item["seller_id"], *about, item.get("is_refunded", False))


def delete_trades_of_circle(table: Table, circle_id: str) -> Iterator[None]:
    """Delete what the detector reads. Groups stay until they expire: the commission of an open one waits for its decision."""
    yield from delete_partition(table, _trades_partition(circle_id))


def delete_trade(table: Table, order: Order, paid_at: datetime) -> None:
    table.delete(_trade_key(order, paid_at), when=None)


def group_key(circle_id: str, group_id: str) -> Key:
    return Key(_groups_partition(circle_id), f"{GROUP}{group_id}")


def list_groups(table: Table, circle_id: str, now: datetime) -> list[TradeGroup]:
    """Return the groups of a circle that are open, or whose decision has not expired. Cost: 1 read unit per 4 KB."""
    query = Query(pk=_groups_partition(circle_id), prefix=GROUP, limit=PAGE_SIZE, consistent_read=True)
    since = now - settings().genuine_trade_memory
    return [group for group in GROUPS.iter(table, query) if group.decided_at is None or group.decided_at > since]


def load_group(table: Table, circle_id: str, group_id: str) -> Versioned[TradeGroup]:
    """Raises: TradeGroupNotFound."""
    return GROUPS.load(table, group_key(circle_id, group_id))


def load_group_or(table: Table, group: TradeGroup) -> Versioned[TradeGroup]:
    """Load a group for a change; a new one does not exist yet."""
    return GROUPS.load_or(table, group_key(group.circle_id, group.id), group)


def require_open_group(group: TradeGroup) -> Check:
    """Return the condition that no reviewer has decided about a group, for a transaction."""
    return Check(group_key(group.circle_id, group.id), Attr("state").eq(str(GroupState.OPEN)))


def _suspected_key(circle_id: str, group_id: str, order_id: str) -> Key:
    return Key(_groups_partition(circle_id), f"{SUSPECTED}{group_id}#{order_id}")


def suspected_order_write(group: TradeGroup, order: Order) -> Put:
    """Return the write that stores which group suspects an order, for a transaction with the order."""
    return Put({**_suspected_key(group.circle_id, group.id, order.id).attributes(), "buyer_id": order.buyer_id}, ABSENT)


def list_suspected_ids(table: Table, circle_id: str) -> set[str]:
    """Return the orders of a circle that were suspected, also those that were decided about. Cost: 1 read unit per 4 KB."""
    query = Query(pk=_groups_partition(circle_id), prefix=SUSPECTED, limit=PAGE_SIZE, consistent_read=True)
    return {item["sk"].rpartition("#")[2] for item in query_all(table, query)}


def iter_undecided_orders(table: Table, circle_id: str, group_id: str) -> Iterator[tuple[str, str]]:
    """Yield buyer and id of the orders of a group to which its decision was not applied yet."""
    prefix = f"{SUSPECTED}{group_id}#"
    query = Query(pk=_groups_partition(circle_id), prefix=prefix, limit=PAGE_SIZE, consistent_read=True)
    for item in query_all(table, query):
        if "expires_at" not in item:
            yield item["buyer_id"], item["sk"].rpartition("#")[2]


def expire_suspected_order(table: Table, circle_id: str, group_id: str, order_id: str, at: datetime) -> None:
    """Store that the decision was applied to an order. The item expires after its trade, so that no search suspects it again.

    Cost: 1 write unit.
    """
    expires_at = millis(at + settings().trade_search_period) // 1000
    table.update(_suspected_key(circle_id, group_id, order_id), when=PRESENT, set={"expires_at": expires_at})


def group_evidence(item: Item) -> dict[str, Any]:
    """Return what reviewers read of a group: users, pairs with their signals, and orders, at most 100 of each."""
    pairs = [dict(zip(("buyer_id", "seller_id", "orders", "signals"), pair, strict=True)) for pair in item["pairs"]]
    return {
        "user_ids": item["user_ids"][:MAX_LISTED],
        "owner_ids": item["owner_ids"],
        "users": len(item["user_ids"]),
        "orders": len(item["order_ids"]),
        "order_ids": item["order_ids"][-MAX_LISTED:],
        "signals": item["signals"],
        "pairs": pairs,
    }


def _group_to_item(group: TradeGroup) -> Item:
    item: Item = {
        **group_key(group.circle_id, group.id).attributes(),
        "id": group.id,
        "circle_id": group.circle_id,
        "owner_ids": sorted(group.owner_ids),
        "version": group.version,
        "state": str(group.state),
        "user_ids": sorted(group.user_ids),
        "order_ids": sorted(group.order_ids),
        "signals": sorted(group.signals),
        "pairs": [[pair.buyer_id, pair.seller_id, pair.orders, list(pair.signals)] for pair in group.pairs],
    }
    if group.decided_at:
        expires_at = group.decided_at + settings().genuine_trade_memory
        item |= {"decided_at": millis(group.decided_at), "expires_at": millis(expires_at) // 1000}
    return item


def _group_from_item(item: Item) -> TradeGroup:
    return TradeGroup(
        id=item["id"],
        circle_id=item["circle_id"],
        owner_ids=frozenset(item["owner_ids"]),
        version=item["version"],
        state=GroupState(item["state"]),
        user_ids=frozenset(item["user_ids"]),
        order_ids=frozenset(item["order_ids"]),
        signals=frozenset(item["signals"]),
        pairs=tuple(LinkedPair(buyer, seller, orders, tuple(signals)) for buyer, seller, orders, signals in item["pairs"]),
        decided_at=from_millis(item["decided_at"]) if "decided_at" in item else None,
    )


GROUPS = EntityStore(_group_to_item, _group_from_item, TradeGroupNotFound)

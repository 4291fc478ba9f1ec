"""Every action of commerce: its floor, and how to do it."""

from __future__ import annotations

from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, MEI, OPERATOR, Scene, place
from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Order
from services.commerce.domain.money import Money
from services.commerce.repository.orders import order_from_item
from services.commerce.usecases import Notice
from services.shared.table.reports import ReportIn, ReportReason

REPORT = ReportIn(reason=ReportReason.SPAM, words="反复发广告。")


def _paid(scene: Scene) -> None:
    _capture(scene, scene.kept["order"])


def _next_paid(scene: Scene) -> None:
    """The next of the n orders that wait for their money."""
    rows = scene.memory("commerce")._items.values()
    _capture(scene, order_from_item(next(item for item in rows if item.get("state") == "reserved")))


def _capture(scene: Scene, order: Order) -> None:
    reference = f"{order.buyer}/{order.id}"
    payment = scene.world.payments.start(reference, order.total)
    commerce.handle_webhook_event(scene.world.commerce, Notice("payment.captured", payment.id, reference, order.total))


def _shipped(scene: Scene) -> None:
    _paid(scene)
    commerce.ship_order(scene.world.commerce, MEI, scene.kept["order"].id)


def _one_due(scene: Scene) -> None:
    """One reservation is over; the others were made later."""
    memory = scene.memory("commerce")
    keep = scene.kept["order"].id
    for place_, item in list(memory._items.items()):
        if "gsi2pk" in item and item["id"] != keep:
            memory._items[place_] = {**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"}
    scene.world.clock.advance(minutes=16)


def _o(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("commerce", name, act, floor, before, **more)


EDIT: dict[str, Any] = {"title": "望远镜", "price": Money(9_900, "CNY"), "on_sale": True}
OFFER: dict[str, Any] = {"kind": Kind.C2C, "title": "望远镜", "price": Money(12_900, "CNY"), "stock": 1}
COMMERCE = (
    _o("offer a listing", lambda s: commerce.create_listing(s.world.commerce, MEI, s.circle, s.key(MEI), **OFFER)),
    _o("edit it", lambda s: commerce.update_listing(s.world.commerce, MEI, s.circle, s.listing.id, **EDIT)),
    _o("read it", lambda s: commerce.get_listing(s.world.commerce, HAO, s.circle, s.listing.id)),
    _o("report it", lambda s: commerce.report_listing(s.world.commerce, HAO, s.circle, s.listing.id, REPORT)),
    _o("listings, 20", lambda s: commerce.list_listings(s.world.commerce, HAO, s.circle, 20, None)),
    _o("place an order", place, (4, 0.5)),
    _o("start its payment", lambda s: commerce.start_payment(s.world.commerce, HAO, s.kept["order"].id)),
    _o("captured (10 at once)", _next_paid, (4, 0.5), people=False, times=10),
    _o("captured (alone)", _paid, people=False),
    _o("ship", lambda s: commerce.ship_order(s.world.commerce, MEI, s.kept["order"].id), None, _paid),
    _o("confirm receipt", lambda s: commerce.confirm_receipt(s.world.commerce, HAO, s.kept["order"].id), None, _shipped),
    _o("read an order", lambda s: commerce.get_order(s.world.commerce, HAO, s.kept["order"].id)),
    _o("list orders, 20", lambda s: commerce.list_orders(s.world.commerce, HAO, 20, None)),
    _o("list sales, 20", lambda s: commerce.list_sales(s.world.commerce, MEI, 20, None)),
    _o("expire", lambda s: commerce.handle_schedule(s.world.commerce), None, _one_due, door="none", people=False),
    _o("list accounts", lambda s: commerce.list_accounts(s.world.commerce, OPERATOR, 20, None)),
)

"""An order of Hao from Mei's shop, and what its parties do about returns and disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState, Promise
from services.commerce.domain.dispute import Dispute, DisputeReason
from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason
from services.commerce.domain.shipment import Parcel
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import DisputeRuled, DisputeRuledData
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.setup.events import envelope
from simulation.streams import deliver

S = OrderState
PARCEL = Parcel("顺丰速运", "SF1234567890")


def shop_without_returns() -> Shop:
    """Return a shop whose listing is between members, and excludes returns."""
    shop = Shop(ListingKind.C2C)
    key, promise = shop.new_key(MEI), Promise(accepts_returns=False)
    about: dict[str, Any] = {
        "kind": ListingKind.C2C,
        "title": "望远镜",
        "price": shop.listing.price,
        "stock": 5,
        "promise": promise,
    }
    shop.listing = commerce.create_listing(shop.ports, MEI, shop.circle_id, key, **about)
    return shop


def paid(shop: Shop, quantity: int = 1) -> Order:
    return shop.pay(shop.order(quantity=quantity))


def shipped(shop: Shop, quantity: int = 1) -> Order:
    return commerce.ship_order(shop.ports, MEI, paid(shop, quantity).id)


def received(shop: Shop | None = None, quantity: int = 1) -> tuple[Shop, Order]:
    shop = shop or Shop(ListingKind.MERCHANT, stock=5, amount=10_000)
    return shop, commerce.confirm_receipt(shop.ports, HAO, shipped(shop, quantity).id)


def request_return(shop: Shop, order: Order, quantity: int = 1, by: Caller = HAO, key: IdempotencyKey | None = None) -> Return:
    lines = [ReturnLine(shop.listing.id, "", quantity)]
    about: dict[str, Any] = {"lines": lines, "reason": ReturnReason.DAMAGED, "text": "镜片有划痕。"}
    return commerce.request_return(shop.ports, by, order.id, key or shop.new_key(by), **about)


def open_dispute(
    shop: Shop, order: Order, reason: DisputeReason = DisputeReason.NOT_RECEIVED, by: Caller = HAO, **more: Any
) -> Dispute:
    key = more.pop("key", None) or shop.new_key(by)
    return commerce.open_dispute(shop.ports, by, order.id, key, reason=reason, statement="一直没收到货。")


def ruling_of(shop: Shop, dispute: Dispute, amount: int, **about: Any) -> DisputeRuled:
    """Return the event that two reviewers ruled on a dispute."""
    data = DisputeRuledData(
        dispute_id=dispute.id,
        order_id=dispute.order_id,
        buyer_id=dispute.buyer_id,
        amount=amount,
        currency="CNY",
        note="物流显示未妥投。",
    )
    return DisputeRuled(**envelope(shop.simulation, dispute.id), data=data.model_copy(update=about))


def rule(shop: Shop, dispute: Dispute, amount: int, **about: Any) -> DisputeRuled:
    """Publish to commerce that two reviewers ruled on a dispute."""
    event = ruling_of(shop, dispute, amount, **about)
    deliver(shop.simulation, "commerce", event)
    return event


def receive_units(shop: Shop, one: Return) -> Return:
    commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
    commerce.send_return(shop.ports, HAO, one.id, PARCEL)
    return commerce.receive_return(shop.ports, MEI, one.id)


def refund(shop: Shop, order: Order) -> Order:
    """Let the provider confirm the oldest open request of the order."""
    (request, *_) = shop.current_order(order).refunds.requests
    return shop.refund(order, request.amount, request.number, refund_reference=f"{order.id}.r{request.number}")


def merchant(stock: int = 5) -> Shop:
    return Shop(ListingKind.MERCHANT, stock=stock, amount=10_000)


def completed(shop: Shop) -> Order:
    _, order = received(shop)
    shop.simulation.clock.advance(days=9)
    commerce.handle_schedule(shop.ports)
    return shop.current_order(order)


IN_STATE: dict[OrderState, Callable[[Shop], Order]] = {
    S.RESERVED: lambda shop: shop.order(),
    S.PAID: paid,
    S.SHIPPED: shipped,
    S.RECEIVED: lambda shop: received(shop)[1],
    S.COMPLETED: completed,
    S.REFUNDED: lambda shop: shop.refund(paid(shop)),
}

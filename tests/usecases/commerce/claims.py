"""An order of Hao from Mei's shop, and what its parties do about returns and disputes."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.dispute import Dispute, DisputeReason
from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import DisputeRuled, DisputeRuledData
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.setup.events import envelope
from simulation.streams import deliver


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


def rule(shop: Shop, dispute: Dispute, amount: int, **about: Any) -> DisputeRuled:
    """Publish to commerce that two reviewers ruled on a dispute."""
    data = DisputeRuledData(
        dispute_id=dispute.id,
        order_id=dispute.order_id,
        buyer_id=dispute.buyer_id,
        amount=amount,
        currency="CNY",
        note="物流显示未妥投。",
    )
    event = DisputeRuled(**envelope(shop.simulation, dispute.id), data=data.model_copy(update=about))
    deliver(shop.simulation, "commerce", event)
    return event


def current(shop: Shop, of: Return | Dispute) -> Return | Dispute:
    get = commerce.get_return if isinstance(of, Return) else commerce.get_dispute
    return get(shop.ports, HAO, of.id)

"""Orders: what buyer and seller do, and what follows when they do not. Money and refunds are in the classes it builds on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.commerce.domain.coupon import Coupon
from services.commerce.domain.order_line import OrderLine
from services.commerce.domain.order_payment import PaidOrder
from services.commerce.domain.order_state import DIVIDED, HELD, OrderState
from services.commerce.domain.party import Parties, Payee
from services.commerce.domain.protection import Protection, protection_of
from services.commerce.domain.refund import RefundReason
from services.commerce.domain.return_window import end_of_return_window
from services.commerce.domain.shipment import IN_PERSON, Parcel, Shipment
from services.commerce.domain.terms import terms_of
from services.commerce.errors import (
    AddressMissing,
    CouponNotApplicable,
    OrderNotFound,
    OrderStateConflict,
    PaymentChargedBack,
    RefundLimitReached,
)
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.requests import MAX_REMEMBERED_REQUESTS

# As many as an order remembers requests: so no retry of one, however late, is a second refund.
MAX_SELLER_REFUNDS = MAX_REMEMBERED_REQUESTS


@dataclass(frozen=True, slots=True)
class Order(PaidOrder):
    """One buyer's purchase from one seller in one circle. Its fields are those of `OrderRecord`."""

    @classmethod
    def reserve(
        cls, id: str, circle_id: str, lines: Sequence[OrderLine], parties: Parties, *, ships_within: timedelta, at: datetime
    ) -> Order:
        """Create an order whose units are reserved for a while, at the terms of the kind of its lines."""
        terms = terms_of(lines[0].kind)
        return cls(
            id=id,
            circle_id=circle_id,
            buyer_id=parties.buyer.user_id,
            seller_id=parties.seller.user_id,
            owner_id=parties.owner.user_id,
            lines=tuple(lines),
            created_at=at,
            version=next_version(0, at),
            platform_share=terms.platform_share,
            owner_share=terms.owner_share if parties.owner_earns else 0,
            due_at=at + settings().reservation_lifetime,
            ships_within=ships_within,
            minor_ids=parties.buyer.list_minor_ids(at),
            return_days=terms.return_window.days if any(line.accepts_returns for line in lines) else 0,
        )

    @property
    def protection(self) -> Protection:
        """What the order guarantees to its buyer."""
        return protection_of(self.kind, self.ships_within, self.return_days)

    def require_payable(self, now: datetime) -> None:
        """Require a reservation in force, and an address if the kind is delivered.

        Raises: OrderStateConflict, AddressMissing.
        """
        self._require_reservation(now)
        if terms_of(self.kind).is_delivered and not self.has_address:
            raise AddressMissing

    def set_address(self, address_hash: str, *, at: datetime) -> Order:
        """Return the order with a delivery address, or another one. Of a paid order it stays: the seller may have used it.

        address_hash: the keyed hash of its place.

        Raises: OrderStateConflict.
        """
        self._require_reservation(at)
        traces = replace(self.traces, address=address_hash)
        return replace(self, has_address=True, traces=traces, version=next_version(self.version, at))

    def shows_address_to_seller(self, now: datetime) -> bool:
        """Whether the seller needs the address: the order is to be delivered, can be returned, or has an open claim."""
        return self.state_at(now) in HELD or (self.state in DIVIDED and (self.is_returnable(now) or self.is_frozen))

    def apply_coupon(self, coupon: Coupon) -> Order:
        """Take the discount of a coupon off a new order, which must have none.

        Raises: CouponInactive, CouponNotApplicable (also if the order has a coupon: they do not add up).
        """
        discount = coupon.get_discount(self.seller_id, self.kind, self.price, self.created_at)
        if self.coupon_id:
            raise CouponNotApplicable
        return replace(self, discount=discount, coupon_id=coupon.id)

    def expire(self, *, at: datetime) -> Order:
        self._require_state(OrderState.RESERVED)
        self._require_due(at)
        return replace(self._transition(OrderState.EXPIRED, at, None), expired_at=self.due_at)

    def cancel(self, buyer_id: str, *, at: datetime) -> Order:
        """Cancel an order that is not shipped. A paid one is refunding: its whole rest is requested. Its units return to stock.

        Raises: OrderNotFound (another user than the buyer), OrderStateConflict.
        """
        if buyer_id != self.buyer_id:
            raise OrderNotFound
        if self.state is OrderState.PAID:
            return self._give_up(RefundReason.NOT_SHIPPED if self.is_due(at) else RefundReason.CANCELLED, at)
        self._require_reservation(at)
        return replace(self._transition(OrderState.CANCELLED, at, None), cancel_reason=RefundReason.CANCELLED)

    def end_promise(self, *, at: datetime) -> Order:
        """Request the whole rest, because the seller did not ship in time. Its units return to stock.

        Raises: OrderStateConflict.
        """
        self._require_state(OrderState.PAID)
        self._require_due(at)
        return self._give_up(RefundReason.NOT_SHIPPED, at)

    def refund_by_seller(self, seller_id: str, amount: int, *, at: datetime) -> Order:
        """Request a refund that the seller gives.

        Raises: OrderNotFound (another user than the seller), OrderStateConflict, RefundAboveRefundable, RefundLimitReached.
        """
        if seller_id != self.seller_id:
            raise OrderNotFound
        if self.seller_refunds >= MAX_SELLER_REFUNDS:
            raise RefundLimitReached(limit=MAX_SELLER_REFUNDS)
        after = self.request_refund(amount, RefundReason.GOODWILL, at=at)
        return replace(after, seller_refunds=self.seller_refunds + 1)

    def ship(self, seller_id: str, parcel: Parcel = IN_PERSON, *, at: datetime) -> Order:
        """Record that the seller has shipped a paid order before `ships_by`.

        Raises: OrderNotFound (another user than the seller), PaymentChargedBack, OrderStateConflict.
        """
        if seller_id != self.seller_id:
            raise OrderNotFound
        if self.charged_back and self.state is OrderState.PAID:
            raise PaymentChargedBack
        if self.state_at(at) is OrderState.REFUNDING:
            raise OrderStateConflict(state=OrderState.REFUNDING)
        shipped = self._transition(OrderState.SHIPPED, at, at + terms_of(self.kind).auto_confirm_after)
        return replace(shipped, shipment=Shipment(parcel, at))

    def correct_shipment(self, seller_id: str, parcel: Parcel, *, at: datetime) -> Order:
        """Change carrier and tracking number of a shipped order, once. Unchanged if they are the same.

        Raises: OrderNotFound (another user than the seller), OrderStateConflict, ShipmentFinal.
        """
        if seller_id != self.seller_id:
            raise OrderNotFound
        self._require_state(OrderState.SHIPPED)
        shipment = self.shipment.correct(parcel, at=at) if self.shipment else None
        return self if shipment == self.shipment else replace(self, shipment=shipment, version=next_version(self.version, at))

    def confirm_receipt(self, buyer_id: str | None, parties: Parties, *, at: datetime) -> Order:
        """Confirm receipt for the buyer, or automatically (`buyer_id` is None) once the order is due.

        The seller is unpaid while a sanction blocks the payout; the owner until the return window ends.
        Raises: OrderNotFound (another user than the buyer), OrderStateConflict, OrderFrozen.
        """
        if buyer_id not in (None, self.buyer_id):
            raise OrderNotFound
        self.require_not_frozen()
        if buyer_id is None:
            self._require_due(at)
        owner_share = self.owner_share if parties.owner_earns else 0
        received = replace(self, owner_share=owner_share, returnable_until=end_of_return_window(at, self.return_days))
        blocked = frozenset({Payee.SELLER} if parties.seller.is_payout_blocked(at) else ())
        # A chargeback that is won later brings the owner's share back.
        kept = replace(received, charged_back=0)
        pending = frozenset({Payee.OWNER} if kept.shares.owner.amount else ())
        received = replace(received, unpaid=blocked | pending)
        return received._transition(OrderState.RECEIVED, at, received._next_release(blocked, at))

    def release_shares(self, parties: Parties, *, at: datetime) -> Order:
        """Release the shares that nothing blocks now. The order is completed when all are and the return window has ended.

        A share that a sanction blocks, or the commission of a suspected order, is evaluated again later; the other payee does
        not wait for it.
        Raises: OrderStateConflict, OrderFrozen.
        """
        self._require_state(OrderState.RECEIVED)
        self.require_not_frozen()
        self._require_due(at)
        pending = frozenset({Payee.OWNER} if self.is_returnable(at) else ()) & self.unpaid
        held = frozenset({Payee.OWNER} if self.is_commission_held else ())
        blocked = frozenset(p for p in self.unpaid - pending if p in held or parties.get_payee(p).is_payout_blocked(at))
        # From here on the seller owns what was the owner's commission, so a refund takes it from the seller.
        is_forfeited = Payee.OWNER in self.unpaid - pending - blocked and not parties.owner_earns
        after = replace(self, unpaid=pending | blocked, owner_share=0 if is_forfeited else self.owner_share)
        if not after.unpaid and not self.is_returnable(at):
            return after._transition(OrderState.COMPLETED, at, None)
        return replace(after, due_at=after._next_release(blocked, at), version=next_version(self.version, at))

    def _next_release(self, blocked: frozenset[Payee], at: datetime) -> datetime | None:
        """Return when a share can be released next: at the end of the return window, or when a sanction is evaluated again."""
        retry_at = at + settings().payout_postponement
        if not blocked:
            return self.returnable_until
        return min(retry_at, self.returnable_until or retry_at) if self.is_returnable(at) else retry_at

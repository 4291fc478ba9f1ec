"""The errors that the commerce service raises. The shared ones are in services/shared/kernel/errors.py."""

from services.shared.kernel.errors import BadRequest, Conflict, DomainError, Forbidden, Invalid, NotFound, TooManyRequests


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member: one error for both."""


class ListingNotFound(NotFound):
    """The listing does not exist, or the caller cannot see or buy it."""


class OptionNotFound(NotFound):
    """The listing has no such option on sale, or it has options and the request names none."""


class OptionLimitReached(Conflict):
    """The listing has too many options, on sale or ever. facts: `limit`."""


class StockLimitReached(Conflict):
    """The listing or the option would have too many units. facts: `limit`."""


class OrderNotFound(NotFound):
    """The order does not exist, or the caller is not the party that this action belongs to."""


class TradeGroupNotFound(NotFound):
    """The table has no such group of users who may trade with themselves. No route returns it."""


class AddressNotFound(NotFound):
    """The address does not exist, is erased, or is not shown to the caller."""


class AddressLimitReached(Conflict):
    """The address book is full. facts: `limit`."""


class AddressMissing(Conflict):
    """The buyer starts the payment of an order that is to be delivered and has no address."""


class MembershipEnded(Conflict):
    """A former member tries to buy or pay. A stranger and a pending user get CircleNotFound instead."""


class PriceChanged(Conflict):
    """Sellers changed listings since the buyer read them. `quotes` has the new revision and price of each line of them."""


class StockInsufficient(Conflict):
    """A listing has fewer units left than the order has of it."""


class OpenReservationLimitReached(TooManyRequests):
    """The buyer has too many unpaid orders; one that expired unpaid counts a while longer."""


class ReservedUnitLimitReached(TooManyRequests):
    """The buyer's unpaid orders have too many units of this listing."""


class ListingNotOnSale(Conflict):
    """The circle is read-only, or a sanction blocks a payout. It never says which: sanctions are private.

    A listing that its seller took off sale is ListingNotFound.
    """


class ListingRemovedByModerator(Conflict):
    """A moderator has removed the listing, and its seller cannot change it. facts: `reason`."""


class ListingRestoredOnAppeal(Conflict):
    """The platform reversed the removal of this revision of the listing, so no moderator removes it again."""


class RoleNotAllowed(Forbidden):
    pass


class CouponNotFound(NotFound):
    """The coupon does not exist, the caller has not claimed it, or it is not the caller's to change: one error for all."""


class CouponInactive(Conflict):
    """The coupon has not started, its time has passed, or its seller has ended it."""


class CouponNotApplicable(Conflict):
    """No order of the request has the seller, kind and price that the coupon needs, and no other coupon."""


class CouponUsedUp(Conflict):
    """As many orders use the coupon as can, of all buyers or of this one."""


class CouponCodeRejected(DomainError):
    """The code is wrong, of another circle, or its coupon is over: one error, so that it reveals nothing."""


class CouponCodeLocked(TooManyRequests):
    """The user entered too many wrong codes."""


class CouponCodeUnclear(Invalid):
    """The text has no code of a coupon, or several."""


class BuyerIsSeller(Forbidden):
    pass


class ListingKindNotAllowed(Forbidden):
    pass


class OrderStateConflict(Conflict):
    """The order's state does not allow this action. facts: `state`."""


class PaymentChargedBack(Conflict):
    """A chargeback holds money of the order, so it must not be shipped before the chargeback is decided."""


class OrderFrozen(Conflict):
    """A dispute or a return of the order is open, so this action must wait."""


class ReturnNotFound(NotFound):
    """The return does not exist, or the caller is not the party that this action belongs to."""


class ReturnStateConflict(Conflict):
    """The state of the return does not allow this action. facts: `state`."""


class ReturnNotOffered(Conflict):
    """The terms of the order have no returns: its buyer saw so before paying."""


class ReturnWindowEnded(Conflict):
    """The order was received too long ago. facts: `days`."""


class ReturnUnitsInsufficient(Conflict):
    """The order has fewer such units that are neither returned nor in an open return."""


class DisputeNotFound(NotFound):
    """The dispute does not exist, or the caller is not the party that this action belongs to."""


class DisputeStateConflict(Conflict):
    """The dispute has ended, or has an answer. facts: `state`."""


class DisputeNotAllowed(Conflict):
    """The order cannot be disputed for this reason in its state, or not any more."""


class MinorSpendingLimitReached(Conflict):
    """The buyer is a minor who would spend more than the cap this month. facts: `limit` and `remaining` in fen, `resets_at`."""


class RefundAboveRefundable(Conflict):
    """The refund is more than the order has that is not refunded, requested or charged back. facts: `refundable`, in fen."""


class RefundLimitReached(Conflict):
    """The seller has requested as many refunds of the order as possible. facts: `limit`."""


class ShipmentFinal(Conflict):
    """Carrier and tracking number were corrected before, or the time to do it has passed."""


class SignatureInvalid(BadRequest):
    """The webhook is not signed with one of our secrets over these bytes, or its time is too far from now."""


class PayoutNotFound(NotFound):
    """The payout does not exist, or is of another user."""


class PayoutAccountMissing(Conflict):
    """The user has set no account at the provider."""


class PayoutAccountNotVerified(Conflict):
    """The provider does not pay to the account yet. facts: `currently_due`, what it needs from the user."""


class PayoutAccountOnHold(Conflict):
    """The user changed the account, and nothing is paid for some days. facts: `until`."""


class PayoutsBlocked(Conflict):
    """A sanction of the platform on the user blocks payouts."""


class BalanceInsufficient(Conflict):
    """The balance is less than the payout. facts: `available`, in fen; it can be negative."""


class PayoutStateConflict(Conflict):
    """The payout's state does not allow this action. facts: `state`."""


class SecondOperatorRequired(Forbidden):
    """The same person, under this or another user, has approved the payout: another operator must."""


class ApproverNotVerified(Forbidden):
    """An operator without a verified identity decides about no payout."""


class StatementTooLong(Conflict):
    """The month has more movements than one statement. facts: `limit`."""

"""The errors that the commerce service raises. The shared ones are in services/shared/kernel/errors.py."""

from services.shared.kernel.errors import BadRequest, Conflict, Forbidden, NotFound, TooManyRequests


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member: one error for both."""


class ListingNotFound(NotFound):
    """The listing does not exist, or the caller cannot see or buy it."""


class OptionNotFound(NotFound):
    """The listing has no such option."""


class OrderNotFound(NotFound):
    """The order does not exist, or the caller is not the party that this action belongs to."""


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


class BuyerIsSeller(Forbidden):
    pass


class ListingKindNotAllowed(Forbidden):
    pass


class OrderStateConflict(Conflict):
    """The order's state does not allow this action. facts: `state`."""


class SignatureInvalid(BadRequest):
    """The webhook is not signed with one of our secrets over these bytes, or its time is too far from now."""

"""The entities and rules of the commerce service, without input or output."""

from services.commerce.domain.ledger import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.listing import Listing, ListingKind, Terms, terms_of
from services.commerce.domain.order import Order
from services.commerce.domain.order_line import OrderLine
from services.commerce.domain.order_state import TRANSITIONS, OrderState
from services.commerce.domain.refund import RefundReason, RefundRequest
from services.commerce.domain.shares import Shares
from services.commerce.domain.shipment import IN_PERSON, Parcel, Shipment

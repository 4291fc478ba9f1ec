"""The entities and rules of the commerce service, without input or output."""

from services.commerce.domain.ledger import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.listing import Listing, ListingKind, Terms, terms_of
from services.commerce.domain.order import TRANSITIONS, Order, OrderState, Shares
from services.commerce.domain.order_line import OrderLine

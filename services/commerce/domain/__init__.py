"""The entities and rules of the commerce service, without input or output."""

from services.commerce.domain.ledger import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.listing import TERMS, Listing, ListingKind, Terms
from services.commerce.domain.order import TRANSITIONS, Order, OrderState, Shares

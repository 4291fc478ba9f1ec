"""Listings, orders and the ledger: entities and rules, without input or output."""

from services.commerce.domain.ledger import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.listing import TERMS, Listing, ListingKind, Terms
from services.commerce.domain.order import TRANSITIONS, Order, OrderState, Shares

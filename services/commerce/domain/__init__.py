"""Listings, orders and the ledger. Pure: state and rules, no input or output."""

from services.commerce.domain.journal import Journal, Line, Reason
from services.commerce.domain.listing import TERMS, Kind, Listing, Terms
from services.commerce.domain.order import TRANSITIONS, Order, OrderState, Shares

__all__ = [
    "TERMS",
    "TRANSITIONS",
    "Journal",
    "Kind",
    "Line",
    "Listing",
    "Order",
    "OrderState",
    "Reason",
    "Shares",
    "Terms",
]

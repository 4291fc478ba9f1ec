"""The entities and rules of the commerce service, without input or output."""

from services.commerce.domain.ledger import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.listing import Listing
from services.commerce.domain.listing_input import ListingFields, ListingInput
from services.commerce.domain.listing_page import ListingPage, PageInput
from services.commerce.domain.option import Option, OptionInput
from services.commerce.domain.order import Order
from services.commerce.domain.order_line import OrderLine
from services.commerce.domain.order_state import TRANSITIONS, OrderState
from services.commerce.domain.refund import RefundReason, RefundRequest
from services.commerce.domain.shares import Shares
from services.commerce.domain.shipment import IN_PERSON, Parcel, Shipment
from services.commerce.domain.terms import ListingKind, Promise, Terms, terms_of

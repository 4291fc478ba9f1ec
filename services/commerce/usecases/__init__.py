"""What the commerce service does, one function a verb."""

from services.commerce.usecases.ledger import list_accounts
from services.commerce.usecases.listings import edit_listing, list_listings, offer_listing, read_listing, report_listing
from services.commerce.usecases.orders import (
    confirm_receipt,
    list_orders,
    list_sales,
    place_order,
    read_order,
    ship_order,
    start_payment,
)
from services.commerce.usecases.payments import Notice, check_signature, take_notice
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.projections import keep_owner, keep_participant, keep_standing
from services.commerce.usecases.schedule import fold_changes, run_schedule

__all__ = [
    "Notice",
    "Ports",
    "check_signature",
    "confirm_receipt",
    "edit_listing",
    "fold_changes",
    "keep_owner",
    "keep_participant",
    "keep_standing",
    "list_accounts",
    "list_listings",
    "list_orders",
    "list_sales",
    "offer_listing",
    "place_order",
    "read_listing",
    "read_order",
    "report_listing",
    "run_schedule",
    "ship_order",
    "start_payment",
    "take_notice",
]

"""What the commerce service does, one function a verb."""

from services.commerce.usecases.ledger import list_accounts
from services.commerce.usecases.listings import create_listing, get_listing, list_listings, report_listing, update_listing
from services.commerce.usecases.orders import (
    confirm_receipt,
    get_order,
    list_orders,
    list_sales,
    place_order,
    ship_order,
    start_payment,
)
from services.commerce.usecases.payments import Notice, check_signature, handle_webhook_event
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.projections import apply_account_status_changed, keep_owner, keep_participant
from services.commerce.usecases.schedule import handle_changes, handle_schedule

__all__ = [
    "Notice",
    "Ports",
    "apply_account_status_changed",
    "check_signature",
    "confirm_receipt",
    "create_listing",
    "get_listing",
    "get_order",
    "handle_changes",
    "handle_schedule",
    "handle_webhook_event",
    "keep_owner",
    "keep_participant",
    "list_accounts",
    "list_listings",
    "list_orders",
    "list_sales",
    "place_order",
    "report_listing",
    "ship_order",
    "start_payment",
    "update_listing",
]

"""The use cases of the commerce service, one file per noun."""

from services.commerce.usecases.disputes import answer_dispute, get_dispute, list_disputes, open_dispute, withdraw_dispute
from services.commerce.usecases.jobs import handle_jobs
from services.commerce.usecases.ledger import list_ledger_accounts
from services.commerce.usecases.listings import (
    create_listing,
    get_listing,
    list_listings,
    remove_listing,
    report_listing,
    update_listing,
    withdraw_listing,
)
from services.commerce.usecases.money import WebhookEvent
from services.commerce.usecases.order_refunds import cancel_order, refund_order
from services.commerce.usecases.orders import confirm_receipt, get_order, list_orders, list_sales, start_payment
from services.commerce.usecases.payments import handle_webhook_event, require_valid_signature
from services.commerce.usecases.placing import check_out, place_order
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.projections import (
    apply_account_deleted,
    apply_account_status_changed,
    apply_account_verified,
    apply_blocks_changed,
    apply_circle_activated,
    apply_circle_changed,
    apply_deletion_requested,
    apply_dispute_ruled,
    apply_export_requested,
    apply_membership_changed,
    apply_reviewer_changed,
    apply_signed_out,
    apply_take_down_changed,
)
from services.commerce.usecases.returns import (
    decide_return,
    get_return,
    list_returns,
    receive_return,
    request_return,
    send_return,
    withdraw_return,
)
from services.commerce.usecases.schedule import handle_schedule
from services.commerce.usecases.shipping import correct_shipment, ship_order
from services.commerce.usecases.staff import get_dispute_by_id, get_order_by_id, list_user_orders
from services.commerce.usecases.stream import handle_changes, stream_steps

"""The use cases of the commerce service, one file per noun."""

from services.commerce.usecases.carts import get_cart, put_cart
from services.commerce.usecases.coupons import (
    claim_coupon,
    claim_coupon_by_code,
    end_coupon,
    issue_coupon,
    list_claimed_coupons,
    list_coupons,
    list_issued_coupons,
)
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
from services.commerce.usecases.orders import confirm_receipt, get_order, list_orders, list_sales
from services.commerce.usecases.paying import start_payment, start_payments
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
    apply_export_requested,
    apply_membership_changed,
    apply_reviewer_changed,
    apply_signed_out,
    apply_take_down_changed,
)
from services.commerce.usecases.schedule import handle_schedule
from services.commerce.usecases.shipping import correct_shipment, ship_order
from services.commerce.usecases.staff import get_order_by_id, list_user_orders
from services.commerce.usecases.stream import handle_changes, stream_steps

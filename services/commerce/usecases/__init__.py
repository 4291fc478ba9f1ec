"""The use cases of the commerce service, one file per noun."""

from services.commerce.usecases.addresses import create_address, delete_address, get_address, list_addresses, update_address
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
from services.commerce.usecases.desks import Desk, get_owner_desk, get_seller_desk
from services.commerce.usecases.disputes import answer_dispute, get_dispute, list_disputes, open_dispute, withdraw_dispute
from services.commerce.usecases.jobs import handle_jobs
from services.commerce.usecases.ledger import list_ledger_accounts
from services.commerce.usecases.listing_reports import remove_listing, report_listing
from services.commerce.usecases.listings import (
    create_listing,
    create_quick_listing,
    get_listing,
    list_listings,
    update_listing,
    withdraw_listing,
)
from services.commerce.usecases.money import WebhookEvent
from services.commerce.usecases.order_addresses import get_order_address, get_sale_address, put_order_address
from services.commerce.usecases.order_refunds import cancel_order, refund_order
from services.commerce.usecases.orders import confirm_receipt, get_order, list_orders, list_sales
from services.commerce.usecases.paying import start_payment, start_payments
from services.commerce.usecases.payments import handle_webhook_event, require_valid_signature
from services.commerce.usecases.payout_accounts import get_payout_account, refresh_payout_account, set_payout_account
from services.commerce.usecases.payout_approvals import approve_payout, list_payouts_to_approve, reject_payout
from services.commerce.usecases.payouts import cancel_payout, get_payout, list_payouts, record_payout_result, request_payout
from services.commerce.usecases.pictures import create_listing_upload, get_listing_picture, picture_addresses, process_upload
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
    apply_note_changed,
    apply_reviewer_changed,
    apply_signed_out,
    apply_take_down_changed,
    apply_trades_decided,
)
from services.commerce.usecases.provider_events import PayeeEvent, PayoutEvent, ProviderEvent, handle_provider_event
from services.commerce.usecases.reconciliation import plan_reconciliation
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
from services.commerce.usecases.statements import get_platform_statement, get_statement
from services.commerce.usecases.stock import restock_listing
from services.commerce.usecases.stream import handle_changes, stream_steps
from services.commerce.usecases.touches import AttributionView, OpenedCard, add_touches, get_attribution

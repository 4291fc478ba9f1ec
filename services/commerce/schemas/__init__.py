"""The request and response models of the commerce API, one file per noun."""

from services.commerce.schemas.carts import CartRequest, CartResponse
from services.commerce.schemas.coupons import (
    ClaimedCouponResponse,
    CouponCodeRequest,
    CouponRequest,
    CouponResponse,
    IssuedCouponResponse,
)
from services.commerce.schemas.ledger import LedgerAccountResponse
from services.commerce.schemas.listings import ListingRequest, ListingResponse, ListingUpdateRequest, RemovalRequest
from services.commerce.schemas.orders import (
    CheckoutRequest,
    CheckoutResponse,
    OrderRequest,
    OrderResponse,
    StaffOrderResponse,
    UserOrdersQuery,
)
from services.commerce.schemas.payments import PaymentResponse, PaymentsRequest, WebhookEventRequest
from services.commerce.schemas.refunds import OpenRefundResponse, RefundOrderRequest
from services.commerce.schemas.shipping import ShipmentRequest, ShipmentResponse

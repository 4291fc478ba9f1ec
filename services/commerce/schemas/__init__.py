"""The request and response models of the commerce API, one file per noun."""

from services.commerce.schemas.addresses import AddressRequest, AddressResponse, DeliveryAddressResponse, OrderAddressRequest
from services.commerce.schemas.attribution import AttributionResponse, TouchesRequest, TouchesResponse
from services.commerce.schemas.carts import CartRequest, CartResponse
from services.commerce.schemas.coupons import (
    ClaimedCouponResponse,
    CouponCodeRequest,
    CouponRequest,
    CouponResponse,
    IssuedCouponResponse,
)
from services.commerce.schemas.desks import DeskResponse, SellerDeskResponse
from services.commerce.schemas.disputes import AnswerRequest, DisputeRequest, DisputeResponse, PartyQuery, StaffDisputeResponse
from services.commerce.schemas.ledger import LedgerAccountResponse
from services.commerce.schemas.listing_requests import (
    ListingRequest,
    ListingUpdateRequest,
    QuickListingRequest,
    RemovalRequest,
    RestockRequest,
)
from services.commerce.schemas.listings import ListingPageResponse, ListingResponse
from services.commerce.schemas.orders import (
    CheckoutRequest,
    CheckoutResponse,
    OrderRequest,
    OrderResponse,
    StaffOrderResponse,
    UserOrdersQuery,
)
from services.commerce.schemas.payments import PaymentResponse, PaymentsRequest, WebhookEventRequest
from services.commerce.schemas.payouts import (
    PayoutAccountRequest,
    PayoutAccountResponse,
    PayoutRejectionRequest,
    PayoutRequest,
    PayoutResponse,
    StaffPayoutResponse,
)
from services.commerce.schemas.pictures import PictureRequest
from services.commerce.schemas.refunds import OpenRefundResponse, RefundOrderRequest
from services.commerce.schemas.returns import ReturnDecisionRequest, ReturnRequest, ReturnResponse
from services.commerce.schemas.shipping import ShipmentRequest, ShipmentResponse
from services.commerce.schemas.statements import StatementQuery, to_csv
from services.shared.http.pictures import UploadedPictureResponse, UploadResponse

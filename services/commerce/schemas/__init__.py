"""The request and response models of the commerce API, one file per noun."""

from services.commerce.schemas.ledger import LedgerAccountResponse
from services.commerce.schemas.listing_requests import (
    ListingRequest,
    ListingUpdateRequest,
    QuickListingRequest,
    RemovalRequest,
    RestockRequest,
)
from services.commerce.schemas.listings import ListingPageResponse, ListingResponse
from services.commerce.schemas.orders import OrderRequest, OrderResponse, StaffOrderResponse, UserOrdersQuery
from services.commerce.schemas.payments import PaymentResponse, WebhookEventRequest
from services.commerce.schemas.pictures import PictureRequest
from services.shared.http.pictures import UploadedPictureResponse, UploadResponse

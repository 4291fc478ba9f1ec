"""The request and response models of the commerce API, one file per noun."""

from services.commerce.schemas.disputes import AnswerRequest, DisputeRequest, DisputeResponse, PartyQuery, StaffDisputeResponse
from services.commerce.schemas.ledger import LedgerAccountResponse
from services.commerce.schemas.listings import ListingRequest, ListingResponse, ListingUpdateRequest, RemovalRequest
from services.commerce.schemas.orders import OrderRequest, OrderResponse, StaffOrderResponse, UserOrdersQuery
from services.commerce.schemas.payments import PaymentResponse, WebhookEventRequest
from services.commerce.schemas.refunds import OpenRefundResponse, RefundOrderRequest
from services.commerce.schemas.returns import ReturnDecisionRequest, ReturnRequest, ReturnResponse
from services.commerce.schemas.shipping import ShipmentRequest, ShipmentResponse

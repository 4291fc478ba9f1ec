"""The desks of sellers and owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.commerce.domain import EntryReason
from services.commerce.domain.statement import Figures
from services.commerce.schemas.disputes import DisputeResponse
from services.commerce.schemas.orders import OrderResponse
from services.commerce.schemas.payouts import PayoutAccountResponse, PayoutResponse
from services.commerce.schemas.returns import ReturnResponse
from services.commerce.usecases.desks import Desk, SellerDesk
from services.shared.http.schemas import ResponseModel


class SumResponse(ResponseModel):
    """What the movements of one reason changed in a month. What you get is positive."""

    reason: EntryReason
    amount: int


class FiguresResponse(ResponseModel):
    """The sums of a month, in China: of your payable balance, and of what is pending."""

    month: str
    payable: list[SumResponse]
    pending: list[SumResponse]

    @classmethod
    def of(cls, figures: Figures) -> FiguresResponse:
        return cls(month=figures.period, payable=_sums(figures.payable), pending=_sums(figures.pending))


class DeskResponse(ResponseModel):
    """Your balances, payouts and figures. `payable_amount` can be paid out; a negative one is owed to the platform.

    `pending_amount` becomes payable after the return window, or once a sanction has ended. The figures are of 6 months.
    """

    payable_amount: int
    pending_amount: int
    currency: str
    account: PayoutAccountResponse
    payouts: list[PayoutResponse]
    figures: list[FiguresResponse]

    @classmethod
    def of(cls, desk: Desk) -> DeskResponse:
        return cls(
            payable_amount=desk.payable,
            pending_amount=desk.pending,
            currency=desk.currency,
            account=PayoutAccountResponse.of(desk.account),
            payouts=[PayoutResponse.of(payout) for payout in desk.payouts],
            figures=[FiguresResponse.of(figures) for figures in desk.figures],
        )


class WaitingReturnsResponse(ResponseModel):
    """The returns that you must decide about or confirm the receipt of."""

    count: int
    oldest: ReturnResponse | None


class WaitingDisputesResponse(ResponseModel):
    """The disputes that you can still answer."""

    count: int
    oldest: DisputeResponse | None


class SellerDeskResponse(DeskResponse):
    """The desk of a seller: also the first 20 orders that you must ship, and the returns and disputes that wait for you."""

    to_ship: list[OrderResponse]
    has_more: bool
    returns: WaitingReturnsResponse
    disputes: WaitingDisputesResponse

    @classmethod
    def of_seller(cls, desk: SellerDesk, now: datetime) -> SellerDeskResponse:
        to_ship = [OrderResponse.of(order, now) for order in desk.to_ship.items]
        returns, disputes = desk.returns, desk.disputes
        waiting_returns = WaitingReturnsResponse(
            count=returns.count, oldest=ReturnResponse.of(returns.oldest) if returns.oldest else None
        )
        waiting_disputes = WaitingDisputesResponse(
            count=disputes.count, oldest=DisputeResponse.of(disputes.oldest) if disputes.oldest else None
        )
        of_payee = DeskResponse.of(desk.desk).model_dump()
        has_more = desk.to_ship.next is not None
        return cls(**of_payee, to_ship=to_ship, has_more=has_more, returns=waiting_returns, disputes=waiting_disputes)


def _sums(sums: Mapping[EntryReason, int]) -> list[SumResponse]:
    return [SumResponse(reason=reason, amount=amount) for reason, amount in sorted(sums.items())]

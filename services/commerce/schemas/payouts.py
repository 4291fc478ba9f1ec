"""Payouts, and the account of a user at the provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.commerce.domain.money import Money
from services.commerce.domain.payout import EndReason, Payout, PayoutSource, PayoutState
from services.commerce.domain.payout_account import PayoutAccount, Verification
from services.commerce.schemas.listing_requests import Currency
from services.commerce.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import at_least
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line

AccountId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{4,64}$")]
PayoutAmount = Annotated[int, Field(ge=1, le=10**11), at_least(lambda: settings().min_payout)]


class PayoutAccountRequest(RequestModel):
    """The account at the provider to which you are paid."""

    account_id: AccountId


class PayoutAccountResponse(ResponseModel):
    """Where you are paid. Nothing is paid until `verification` is `verified`, nothing is due and `held_until` has passed.

    `account_id` is null until you set one.
    """

    account_id: str | None
    verification: Verification
    currently_due: list[str]
    held_until: Moment | None
    etag: str

    @classmethod
    def of(cls, account: PayoutAccount) -> PayoutAccountResponse:
        return cls(
            account_id=account.account_id or None,
            verification=account.verification,
            currently_due=list(account.currently_due),
            held_until=account.held_until,
            etag=str(account.version),
        )


class PayoutRequest(RequestModel):
    """A new payout, at most of your balance as `seller` or as `owner` of circles."""

    source: PayoutSource
    amount: PayoutAmount
    currency: Currency

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class PayoutRejectionRequest(RequestModel):
    """Why an operator rejects a payout. Its user reads it."""

    note: Line


class PayoutResponse(ResponseModel):
    """A payout. `reason` says why it ended without being paid; its amount is then in your balance again."""

    payout_id: str
    source: PayoutSource
    amount: int
    currency: str
    state: PayoutState
    reason: EndReason | None
    note: str
    created_at: Moment

    @classmethod
    def of(cls, payout: Payout) -> PayoutResponse:
        return cls(
            payout_id=payout.id,
            source=payout.source,
            amount=payout.amount.amount,
            currency=payout.amount.currency,
            state=payout.state,
            reason=payout.reason,
            note=payout.note,
            created_at=payout.created_at,
        )


class StaffPayoutResponse(PayoutResponse):
    """A payout as operators see it: the ledger account that it is paid from, and how many operators approved it."""

    ledger_account: str
    approvals: int

    @classmethod
    def of_staff(cls, payout: Payout) -> StaffPayoutResponse:
        of_user = PayoutResponse.of(payout).model_dump()
        return cls(**of_user, ledger_account=payout.ledger_account, approvals=len(payout.approver_ids))

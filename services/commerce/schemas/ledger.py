"""The ledger, as operators read it."""

from __future__ import annotations

from services.commerce.domain.ledger import Balance
from services.shared.http.schemas import ResponseModel


class LedgerAccountResponse(ResponseModel):
    """A ledger account. A debit balance is positive; all balances of a currency sum to zero."""

    ledger_account: str
    currency: str
    balance: int

    @classmethod
    def of(cls, balance: Balance) -> LedgerAccountResponse:
        return cls.model_validate(balance, from_attributes=True)

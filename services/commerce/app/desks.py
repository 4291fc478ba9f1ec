"""Routes of the desks of sellers and owners, and of statements."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.commerce.domain.payout import PayoutSource
from services.shared.http.responses import File
from services.shared.kernel.errors import OperatorRequired
from services.shared.security.auth import Caller


@api.get("/desks/seller")
def get_seller_desk(caller: Caller) -> schemas.SellerDeskResponse:
    """Get what you must ship and respond to, your balances as a seller, your payouts and the figures of 6 months."""
    ports = wiring.ports()
    return schemas.SellerDeskResponse.of_seller(usecases.get_seller_desk(ports, caller), ports.clock())


@api.get("/desks/owner")
def get_owner_desk(caller: Caller) -> schemas.DeskResponse:
    """Get your commissions as the owner of circles: pending, payable and paid, with the figures of 6 months."""
    return schemas.DeskResponse.of(usecases.get_owner_desk(wiring.ports(), caller))


@api.get("/statements/seller/{month}", raises=(errors.StatementTooLong,))
def get_seller_statement(caller: Caller, month: str, query: schemas.StatementQuery) -> File:
    """Get all movements of your balances as a seller in a month, as CSV for spreadsheets."""
    lines = usecases.get_statement(wiring.ports(), caller, PayoutSource.SELLER, month)
    return File(schemas.to_csv(lines, query.language), f"coterie-seller-{month}.csv", "text/csv")


@api.get("/statements/owner/{month}", raises=(errors.StatementTooLong,))
def get_owner_statement(caller: Caller, month: str, query: schemas.StatementQuery) -> File:
    """Get all movements of your commissions as the owner of circles in a month, as CSV for spreadsheets."""
    lines = usecases.get_statement(wiring.ports(), caller, PayoutSource.OWNER, month)
    return File(schemas.to_csv(lines, query.language), f"coterie-owner-{month}.csv", "text/csv")


@api.get("/statements/platform/{month}", raises=(OperatorRequired,))
def get_platform_statement(caller: Caller, month: str, query: schemas.StatementQuery) -> File:
    """Get the sums of the platform in a month by day and reason, as CSV for spreadsheets."""
    lines = usecases.get_platform_statement(wiring.ports(), caller, month)
    return File(schemas.to_csv(lines, query.language), f"coterie-platform-{month}.csv", "text/csv")

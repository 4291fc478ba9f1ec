"""What reviewers and operators read about orders: recorded before it is returned, with a grant of review for each.

The stream of commerce writes no audit entries, so each entry is in the transaction that counts the access.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.commerce.domain import Order
from services.commerce.domain.dispute import Dispute
from services.commerce.errors import OrderNotFound
from services.commerce.repository import ledger, orders, parties
from services.commerce.repository.disputes import DISPUTES
from services.commerce.usecases.ports import Ports
from services.shared.kernel.errors import ConflictOfInterest
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.access_logs import put_granted_access
from services.shared.security.auth import Caller
from services.shared.security.identities import list_identity_ids
from services.shared.security.read_grants import ReadKind, subject_of
from services.shared.security.reviewers import Reader, require_reader


def get_order_by_id(ports: Ports, caller: Caller, order_id: str, grant: str) -> Order:
    """Return an order for which money has moved to a reviewer or operator. The access is recorded before.

    An unpaid order is in the list of its buyer. grant: of review, for this order.
    Cost: 6 write units and 4 read units for an operator; 2.5 read units more for a reviewer.
    Raises: ReviewerNotEnrolled, OrderNotFound, ConflictOfInterest (the reader is a party), ReadGrantInvalid.
    """
    reader = require_reader(ports.table, caller)
    buyer_id = ledger.find_buyer_id(ports.table, order_id)
    order = orders.find_order(ports.table, buyer_id, order_id) if buyer_id else None
    if order is None:
        raise OrderNotFound
    _record_access(ports, reader, order_id, _parties_of(order), grant)
    return order


def get_dispute_by_id(ports: Ports, caller: Caller, user_id: str, dispute_id: str, grant: str) -> Dispute:
    """Return a dispute with its texts to a reviewer or operator. The access is recorded before.

    user_id: of the buyer, as review names it. grant: of review, for this dispute.
    Raises: ReviewerNotEnrolled, DisputeNotFound, ConflictOfInterest (the reader is a party), ReadGrantInvalid.
    """
    reader = require_reader(ports.table, caller)
    dispute = DISPUTES.load_of_buyer(ports.table, user_id, dispute_id).entity
    users = {dispute.buyer_id, dispute.seller_id, dispute.owner_id} - {""}
    _record_access(ports, reader, dispute_id, users, grant)
    return dispute


def list_user_orders(
    ports: Ports, caller: Caller, user_id: str, page: PageRequest, grant: str, *, sold: bool = False
) -> Page[Order]:
    """Return a page of the orders that a user placed, or of their listings, newest first. The access is recorded before.

    Each page is one access. grant: of review, for this page of orders or sales.

    Cost: 6 write units and 4 read units for 20 orders that the user placed and an operator; 20 more for 20 sales. A reviewer
    costs 1 more, and 0.5 per party.
    Raises: ReviewerNotEnrolled, ConflictOfInterest (the reader is the user, or a party of one of these orders),
    ReadGrantInvalid.
    """
    reader = require_reader(ports.table, caller)
    found = (orders.ORDERS.list_of_seller if sold else orders.ORDERS.list_of_buyer)(ports.table, user_id, page)
    users = {user_id}.union(*map(_parties_of, found.items))
    subject = subject_of(ReadKind.SALES if sold else ReadKind.ORDERS, user_id)
    _record_access(ports, reader, subject, users, grant)
    return found


def _record_access(ports: Ports, reader: Reader, subject: str, users: Iterable[str], grant: str) -> None:
    """Require that the reader is none of these users, under any identity, and record the access."""
    own = {*list_identity_ids(ports.table, reader.user_id), reader.identity_id} - {""}
    if parties.has_user(ports.table, users, reader.user_id, own):
        raise ConflictOfInterest
    put_granted_access(ports, reader, subject, grant, puts_entry=True)


def _parties_of(order: Order) -> set[str]:
    return {order.buyer_id, order.seller_id, order.owner_id} - {""}

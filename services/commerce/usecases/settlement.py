"""How the money of an order reaches its payees: divided on receipt, released when nothing blocks it.

Account status and identities are read for both steps, so a sanction or a verification counts from then on.
"""

from __future__ import annotations

from services.commerce.domain import Order
from services.commerce.domain.ledger import release_entries, split_entry
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.parties import get_parties_of_order
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import OrderChanged, ReceiptChanged
from services.shared.table.versioned import Changed


def divide_escrow(ports: Ports, order: Order, buyer_id: str | None) -> Changed[Order]:
    """Return the received order with the ledger entry that divides its escrow. Without a buyer, receipt is automatic.

    Raises: OrderNotFound, OrderStateConflict.
    """
    received = order.confirm_receipt(buyer_id, get_parties_of_order(ports.table, order), at=ports.clock())
    return Changed(received, [OrderChanged, ReceiptChanged], [append_entry(split_entry(received))])


def release_shares(ports: Ports, order: Order) -> Changed[Order]:
    """Return the order with the ledger entries of the shares that can be released now.

    Raises: OrderStateConflict.
    """
    parties = get_parties_of_order(ports.table, order)
    after = order.release_shares(parties, at=ports.clock())
    events = [OrderChanged] if after.state is not order.state else []
    return Changed(after, events, [append_entry(entry) for entry in release_entries(order, after, parties)])

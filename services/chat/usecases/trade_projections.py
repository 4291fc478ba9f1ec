"""What events about orders, returns, disputes and payouts change in the chat service: notifications of the parties."""

from __future__ import annotations

from services.chat.usecases.notifying_decisions import (
    notify_chargeback,
    notify_dispute,
    notify_order,
    notify_partial_refund,
    notify_payout,
    notify_payout_account,
    notify_return,
)
from services.chat.usecases.ports import Ports
from services.shared.messaging.events import (
    ChargebackChanged,
    DisputeChanged,
    OrderChanged,
    OrderPartlyRefunded,
    PayoutAccountChanged,
    PayoutChanged,
    ReturnChanged,
)


def apply_order_changed(ports: Ports, event: OrderChanged) -> None:
    """Notify the buyer or the seller of a new state of their order."""
    notify_order(ports, event)


def apply_order_partly_refunded(ports: Ports, event: OrderPartlyRefunded) -> None:
    """Notify the buyer of a refund of a part of their order."""
    notify_partial_refund(ports, event)


def apply_chargeback_changed(ports: Ports, event: ChargebackChanged) -> None:
    """Notify the seller of a chargeback of their order, or of its decision."""
    notify_chargeback(ports, event)


def apply_return_changed(ports: Ports, event: ReturnChanged) -> None:
    """Notify the buyer or the seller of a new state of a return."""
    notify_return(ports, event)


def apply_dispute_changed(ports: Ports, event: DisputeChanged) -> None:
    """Notify the parties of a dispute, its answer and its end."""
    notify_dispute(ports, event)


def apply_payout_changed(ports: Ports, event: PayoutChanged) -> None:
    """Notify the user of a payout."""
    notify_payout(ports, event)


def apply_payout_account_changed(ports: Ports, event: PayoutAccountChanged) -> None:
    """Notify the user whose account for payouts changed."""
    notify_payout_account(ports, event)

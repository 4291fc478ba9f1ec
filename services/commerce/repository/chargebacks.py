"""Chargebacks, stored beside the ledger entries of their order. They are never deleted."""

from __future__ import annotations

from services.commerce.domain.chargeback import Chargeback, ChargebackState
from services.commerce.domain.money import Money
from services.commerce.errors import OrderNotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

TEXTS = ("payment_id", "buyer_id", "order_id", "circle_id", "seller_id")


def load_chargeback_or(table: Table, new: Chargeback) -> Versioned[Chargeback]:
    """Load the chargeback with the id of `new`, or return `new` as the one that its first save creates."""
    return CHARGEBACKS.load_or(table, _key(new), new)


def _key(chargeback: Chargeback) -> Key:
    return Key(f"LEDGER#{chargeback.order_id}", f"CHARGEBACK#{chargeback.id}")


def _to_item(chargeback: Chargeback) -> Item:
    return {
        **_key(chargeback).attributes(),
        **{name: getattr(chargeback, name) for name in TEXTS},
        "chargeback_id": chargeback.id,
        "amount": chargeback.amount.amount,
        "currency": chargeback.amount.currency,
        "state": str(chargeback.state),
        "version": chargeback.version,
    }


def _from_item(item: Item) -> Chargeback:
    about = {name: item[name] for name in TEXTS}
    amount, state = Money(item["amount"], item["currency"]), ChargebackState(item["state"])
    return Chargeback(id=item["chargeback_id"], amount=amount, version=item["version"], state=state, **about)


CHARGEBACKS = EntityStore(_to_item, _from_item, OrderNotFound)

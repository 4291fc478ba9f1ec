"""How many requests to the table an order takes: each costs some 0.65 ms of CPU in the SDK."""

from __future__ import annotations

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from simulation.meter import MeteredTable
from simulation.registry import projections_of
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.simulation import Simulation

MAX_CALLS = 9  # beside the balances, which up to 20 orders share


def test_an_order_of_3_lines_with_an_address_is_placed_and_paid_with_9_calls() -> None:
    """Without the reads of the HTTP layer, which are the same for every route.

    From the stream come two more: the balances, and a look at the cards that the buyer opened.
    """
    shop = Shop(stock=5, simulation=Simulation(commerce_table=MeteredTable(projections=projections_of("commerce"))))
    new = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(100, "CNY"), "stock": 5}
    create = commerce.create_listing
    listings = [create(shop.ports, MEI, shop.circle_id, shop.new_key(MEI), **new) for _ in range(3)]  # type: ignore[arg-type]
    lines = [LineRequest(listing.id, listing.revision, 1) for listing in listings]
    shop.update_balances()
    table, key, address_id = shop.simulation.commerce_table, shop.new_key(HAO), shop.address_of(HAO)
    assert isinstance(table, MeteredTable)
    with table.measure() as placed:
        (order,) = commerce.check_out(shop.ports, HAO, shop.circle_id, key, lines, address_id=address_id)
    with table.measure() as started:
        commerce.start_payments(shop.ports, HAO, shop.circle_id, [order.id])
    with table.measure() as paid:
        shop.pay(order)
    changes = shop.new_ledger_changes()
    with table.measure() as balanced:
        commerce.handle_changes(shop.ports, changes)
    calls = [measured.requests for measured in (placed, started, paid, balanced)]
    assert (calls, sum(calls[:3])) == ([5, 2, 2, 2], MAX_CALLS)
    assert placed.writes <= 1.2 * 2 * (1 + 3 + 1)

"""A shop with two sellers and both kinds of listings."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from services.commerce.repository.listings import LISTINGS, listing_key
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.simulation import Simulation
from simulation.users import caller

YAN = caller("yan")


class Bazaar(Shop):
    """A shop in which Mei sells products of both kinds, and Yan one."""

    def __init__(self, stock: int = 10, simulation: Simulation | None = None) -> None:
        super().__init__(stock=stock, simulation=simulation)
        self.set_member(YAN)
        self.own = [self.listing, self.add(MEI, ListingKind.C2C, 500, stock), self.add(MEI, ListingKind.MERCHANT, 700, stock)]
        self.of_yan = self.add(YAN, ListingKind.C2C, 300, stock)

    def add(self, seller: Caller, kind: ListingKind, amount: int, stock: int) -> Listing:
        key = self.new_key(seller)
        new: dict[str, Any] = {"kind": kind, "title": "三脚架", "price": Money(amount, "CNY"), "stock": stock}
        return commerce.create_listing(self.ports, seller, self.circle_id, key, **new)

    def check_out(self, *wanted: tuple[Listing, int], buyer: Caller = HAO, key: IdempotencyKey | None = None) -> list[Order]:
        lines = [LineRequest(listing.id, listing.revision, quantity) for listing, quantity in wanted]
        address_id = self.address_of(buyer)
        return commerce.check_out(self.ports, buyer, self.circle_id, key or self.new_key(buyer), lines, address_id=address_id)

    def stock_of(self, listing: Listing) -> int:
        found = LISTINGS.get(self.simulation.commerce_table, listing_key(listing.circle_id, listing.id), consistent_read=True)
        return found.stock

    def everything(self) -> list[tuple[Listing, int]]:
        return [(listing, number) for number, listing in enumerate([*self.own, self.of_yan], start=1)]


def named_lines(error: DomainError) -> list[str]:
    return [field.at for field in error.fields]

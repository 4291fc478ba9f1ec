"""Orders per second of one core: the use cases alone, and with the DynamoDB adapter's serialisation in them.

The second table makes each call twice: in memory, and with the SDK, whose response is what the memory returned. So requests are
built, signed and serialised, and responses are parsed, as on AWS; nothing is sent. The time of a network is in neither. What
the table in memory takes is the work of DynamoDB: it is in the first row, and not in the second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from services.shared.kernel.pages import Page
from services.shared.table import dynamo
from services.shared.table.dynamo import DynamoTable, wire_item
from services.shared.table.items import Condition, Item, Key, Query
from services.shared.table.port import Write
from simulation.memory import MemoryTable
from simulation.settings import relax_limits
from simulation.setup.commerce import MEI, Shop
from simulation.simulation import Simulation
from simulation.users import caller

HEADS = ("order of 3 lines, placed and paid", "orders/s a core", "CPU ms an order")
ORDERS, LINES = 150, 3
TEXT = """# How many orders a core takes

Made by `make bench`. An order of 3 lines: checkout, start of the payment, capture, in 9 requests to the table.
The first row is over the table in memory. In the second, the SDK builds, signs and serialises each request and parses
its response, as on AWS; nothing is sent, and the work of the table is left out. The aim is 150 orders per second and
core in the second row.
Figures depend on the machine and its load."""


class _Body(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


class SerialisingTable(MemoryTable):
    """A table in memory that also makes each request of an order with the SDK."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        client = dynamo.client(region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench")
        client.meta.events.register("before-send.dynamodb", self._respond)  # type: ignore[arg-type]
        self._sdk, self._raw = DynamoTable("commerce", client), b""
        self.seconds_of_dynamodb = 0.0

    def _respond(self, request: Any, **_: Any) -> AWSResponse:
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(self._raw))  # type: ignore[arg-type]

    @contextmanager
    def _dynamodb(self) -> Iterator[None]:
        """Leave out the time of what is inside: it is the work of DynamoDB."""
        started = time.process_time()
        try:
            yield
        finally:
            self.seconds_of_dynamodb += time.process_time() - started

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        with self._dynamodb():
            item = super().get(key, consistent_read=consistent_read)
            self._raw = json.dumps({"Item": wire_item(item)} if item else {}).encode()
        return self._sdk.get(key, consistent_read=consistent_read)

    def get_many(self, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
        with self._dynamodb():
            found = super().get_many(keys, consistent_read=consistent_read)
            self._raw = json.dumps({"Responses": {"commerce": list(map(wire_item, found.values()))}}).encode()
        return self._sdk.get_many(keys, consistent_read=consistent_read)

    def put(self, item: Item, *, when: Condition | None) -> None:
        with self._dynamodb():
            super().put(item, when=when)
            self._raw = b"{}"
        self._sdk.put(item, when=when)

    def update(
        self,
        key: Key,
        *,
        when: Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        with self._dynamodb():
            item = super().update(key, when=when, set=set, add=add, remove=remove)
            self._raw = json.dumps({"Attributes": wire_item(item)}).encode()
        return self._sdk.update(key, when=when, set=set, add=add, remove=remove)

    def query(self, query: Query) -> Page[Item]:
        with self._dynamodb():
            page = super().query(query)
            self._raw = json.dumps({"Items": list(map(wire_item, page.items))}).encode()
        self._sdk.query(query)
        return page

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        with self._dynamodb():
            super().transact(writes, token=token)
            self._raw = b"{}"
        self._sdk.transact(writes, token=token)


def _cpu_of_an_order(table: MemoryTable) -> float:
    """Return the seconds of CPU of one order of 3 lines: placed, its payment started and captured."""
    relax_limits()
    shop = Shop(stock=10_000, simulation=Simulation(commerce_table=table))
    new: dict[str, Any] = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(100, "CNY"), "stock": 10_000}
    listings = [commerce.create_listing(shop.ports, MEI, shop.circle_id, shop.new_key(MEI), **new) for _ in range(LINES)]
    lines = [LineRequest(listing.id, listing.revision, 1) for listing in listings]
    buyers = [caller(f"buyer-{number}") for number in range(ORDERS)]
    for buyer in buyers:
        shop.set_member(buyer)
    keys, addresses = [shop.new_key(buyer) for buyer in buyers], [shop.address_of(buyer) for buyer in buyers]
    started, of_dynamodb = time.process_time(), table.seconds_of_dynamodb if isinstance(table, SerialisingTable) else 0
    for buyer, key, address_id in zip(buyers, keys, addresses, strict=True):
        (order,) = commerce.check_out(shop.ports, buyer, shop.circle_id, key, lines, address_id=address_id)
        commerce.start_payments(shop.ports, buyer, shop.circle_id, [order.id])
        shop.pay(order)
    seconds = time.process_time() - started
    if isinstance(table, SerialisingTable):
        seconds -= table.seconds_of_dynamodb - of_dynamodb
    return seconds / ORDERS


def measure() -> list[tuple[str, ...]]:
    """Return the rows: the better of three runs each, because other processes share the core."""
    rows: list[tuple[str, ...]] = []
    kinds: dict[str, type[MemoryTable]] = {
        "use cases alone": MemoryTable,
        "with the DynamoDB adapter's serialisation": SerialisingTable,
    }
    for name, table in kinds.items():
        seconds = min(_cpu_of_an_order(table()) for _ in range(3))
        rows.append((name, f"{1 / seconds:,.0f}", f"{1000 * seconds:.2f}"))
    return rows

"""What commerce writes of a user for a data export: their listings, orders, sales and carts in the circle, or all of them.

An export of an account also has the payments that no order keeps, the user's ledger accounts, payouts and payout account,
and their addresses: the address book and those of their orders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from services.commerce.domain import Listing
from services.commerce.domain.address import Address
from services.commerce.domain.ledger import accounts_of_owner, accounts_of_seller
from services.commerce.repository.addresses import PREFIX as ADDRESS_PREFIX
from services.commerce.repository.addresses import get_address_book, is_erased, order_id_of_address
from services.commerce.repository.balances import balance_partition
from services.commerce.repository.carts import LINE as CART_LINE
from services.commerce.repository.carts import PREFIX as CART
from services.commerce.repository.coupons import CLAIM as COUPON_CLAIM
from services.commerce.repository.coupons import ISSUER_INDEX, issuer_partition
from services.commerce.repository.disputes import DISPUTES
from services.commerce.repository.ledger import ENTRY_PREFIX, OWNER_INDEX, owner_partition
from services.commerce.repository.listing_items import listing_from_item
from services.commerce.repository.listing_pages import empty_page, find_pages
from services.commerce.repository.listings import LISTER_INDEX, lister_partition
from services.commerce.repository.orders import LINE, ORDERS
from services.commerce.repository.party_store import SELLER_INDEX, PartyStore
from services.commerce.repository.payments import PREFIX as PAYMENT
from services.commerce.repository.payout_accounts import payout_account_key
from services.commerce.repository.payouts import PREFIX as PAYOUT
from services.commerce.repository.returns import RETURNS
from services.commerce.repository.touches import ATTRIBUTION, TOUCHES, exported_cards
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.pictures.checks import picture_to_item
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

ITEMS_PER_PAGE = 500
LISTINGS_PER_PAGE = 50  # each can have 9 pictures to copy, and a page is one step of a job
CLAIM = ("circle_id", "id", "order_id", "reason", "state", "created_at")  # a party has its own texts, not those of the other
ADDRESSES_PER_PAGE = 100  # a call of KMS each
OpenText = Callable[[str, str], str]  # of a text and its context
ORDER = ("circle_id", "id", "channel", "lines", "discount", "coupon_id", "currency", "created_at", "state")
ADDRESS = ("recipient", "phone", "province", "city", "district", "street")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
# The attribute `kind` of an item is the `channel` of the line, because `kind` is that of the line.
EXPORTED: dict[str, tuple[str, ...]] = {
    "listing": (
        *("circle_id", "id", "channel", "title", "description", "options", "pictures", "amount", "currency", "stock"),
        *("created_at", "revision", "on_sale", "ships_within", "no_returns", "state"),
    ),
    "order": ORDER,
    "sale": (*ORDER, "platform_share", "owner_share"),
    "return": (*CLAIM, "units", "text", "parcel"),
    "return_to_seller": (*CLAIM, "units", "note"),
    "dispute": (*CLAIM, "amount", "currency", "statement", "refunded"),
    "dispute_with_seller": (*CLAIM, "amount", "currency", "answer", "refunded"),
    "coupon": (
        *("circle_id", "id", "amount", "currency", "percent", "min_spend", "kinds", "max_uses", "max_uses_per_user", "uses"),
        *("starts_at", "ends_at", "created_at", "ended"),
    ),
    "coupon_claim": ("circle_id", "coupon_id", "created_at", "uses"),
    "touches": ("circle_id", "listing_id", "cards"),
    "attribution": ("circle_id", "order_id", "coupon_id", "created_at", "cards", "winners"),
    "cart": ("circle_id", "lines"),
    "payment": ("circle_id", "order_id", "payment_id", "currency", "captured", "refunded", "charged_back", "requested"),
    "ledger_entry": ("order_id", "reason", "currency", "lines"),
    "balance": ("ledger_account", "currency", "balance"),
    "payout": ("id", "source", "amount", "currency", "created_at", "state", "reason", "note", "account_id"),
    "payout_account": ("account_id", "verification", "currently_due", "held_until"),
    "address": ("id", *ADDRESS),
    "order_address": ("order_id", *ADDRESS),
}
CLAIMS = ("return", "return_to_seller", "dispute", "dispute_with_seller")
OF_CIRCLE = ("listing", "order", "sale", "coupon", "coupon_claim", "cart", "touches", "attribution", *CLAIMS)  # of the pages
KINDS = (*OF_CIRCLE, "payment", "commission", "payout", "address", "order_address", "balance")
# An index lists keys only: one more read for each.
FROM_INDEX = ("listing", "sale", "coupon", "return_to_seller", "dispute_with_seller")

OF_BUYER = {  # the prefixes of the items
    "order": ORDERS.prefix,
    "payment": PAYMENT,
    "return": RETURNS.prefix,
    "dispute": DISPUTES.prefix,
    "coupon_claim": COUPON_CLAIM,
    "touches": TOUCHES,
    "attribution": ATTRIBUTION,
    "cart": CART,
}
WITHOUT_CREATION = ("payment", "cart", "touches")  # the kinds that do not say when they began: they are exported as they are
OF_SELLER: dict[str, PartyStore[Any]] = {"sale": ORDERS, "return_to_seller": RETURNS, "dispute_with_seller": DISPUTES}


def get_export_page(open_text: OpenText, table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the user's listings, orders, sales, payments, commissions, payouts, addresses or balances.

    open_text: decrypts an address.
    """
    kinds = KINDS if job.is_of_account else OF_CIRCLE
    kind, start = json.loads(job.after) if job.after else (kinds[0], None)
    if kind == "balance":
        account = table.get(payout_account_key(job.user_id))
        accounts = [_line("payout_account", account)] if account else []
        return ExportPage([*(_line(kind, item) for item in _balances(table, job)), *accounts])
    if kind == "address":
        return ExportPage(list(_address_lines(open_text, table, job)), json.dumps(["order_address", None]))
    page = table.query(_query(kind, job, start))
    if kind == "order_address":
        lines = list(_order_address_lines(open_text, job, page.items))
    else:
        lines = list(_lines(table, kind, job, page.items))
    if page.next:
        return ExportPage(lines, json.dumps([kind, page.next]))
    later = kinds[kinds.index(kind) + 1 :]
    return ExportPage(lines, json.dumps([later[0], None]) if later else None)


def _listing_lines(table: Table, items: Sequence[Item]) -> Iterator[Line]:
    """Yield the lines of listings, each with its options and its page."""
    listings = list(map(listing_from_item, items))
    pages = find_pages(table, listings)
    for item, listing in zip(items, listings, strict=True):
        options = [{"name": each.name, "amount": each.price.amount, "stock": each.stock} for each in listing.options_on_sale]
        page = pages.get(listing.id, empty_page(listing))
        pictures = list(map(picture_to_item, page.pictures))
        more = {"description": page.description, "options": options, "pictures": pictures, "stock": listing.stock}
        yield _line(
            "listing", item | {name: value for name, value in more.items() if value or name == "stock"} | _state_of(listing)
        )


def _state_of(listing: Listing) -> Item:
    """Return the state of a listing that was ended; other listings have none, and orders have their own."""
    if listing.take_downs.is_down:
        return {"state": "taken_down"}
    return {"state": "removed"} if listing.active_removal else {}


def _lines_of(item: Item) -> Item:
    """Return the lines of an order or a cart with the names of their values; other items have none."""
    if "wanted" in item:
        return {"lines": [dict(zip(CART_LINE, line, strict=True)) for line in item["wanted"]]}
    return {"lines": [dict(zip(LINE, line, strict=True)) for line in item["lines"]]} if "lines" in item else {}


def _lines(table: Table, kind: str, job: ExportJob, found: list[Item]) -> Iterator[Line]:
    """Yield the lines of a page, with the ledger entries of sales and commissions."""
    if kind == "commission":
        yield from _entry_lines(table, (item["gsi1sk"] for item in found), accounts_of_owner(job.user_id))
        return
    if kind == "payout":
        yield from (_line(kind, item) for item in found if item["created_at"] <= millis(job.requested_at))
        own = (*accounts_of_seller(job.user_id), *accounts_of_owner(job.user_id))
        yield from _entry_lines(table, (item["id"] for item in found), own)
        return
    whole = (table.get(Key.of(item)) if kind in FROM_INDEX else item for item in found)
    items = [item for item in whole if item and _is_own(kind, job, item)]
    yield from (
        _listing_lines(table, items)
        if kind == "listing"
        else (_line(kind, item | _lines_of(item) | exported_cards(item)) for item in items)
    )
    if kind == "sale" and job.is_of_account:
        yield from _entry_lines(table, (item["id"] for item in items), accounts_of_seller(job.user_id))


def _query(kind: str, job: ExportJob, start: Item | None) -> Query:
    if kind == "listing":
        return Query(pk=lister_partition(job.user_id), index=LISTER_INDEX, limit=LISTINGS_PER_PAGE, start=start)
    if kind == "coupon":
        return Query(pk=issuer_partition(job.user_id), index=ISSUER_INDEX, limit=ITEMS_PER_PAGE, start=start)
    if kind == "payout":
        return Query(pk=f"PAYEE#{job.user_id}", prefix=PAYOUT, limit=ITEMS_PER_PAGE, start=start)
    if kind == "order_address":
        return Query(pk=f"BUYER#{job.user_id}", prefix=ADDRESS_PREFIX, limit=ADDRESSES_PER_PAGE, start=start)
    if kind in OF_BUYER:
        return Query(pk=f"BUYER#{job.user_id}", prefix=OF_BUYER[kind], limit=ITEMS_PER_PAGE, start=start)
    if kind in OF_SELLER:
        return Query(pk=OF_SELLER[kind].seller_partition(job.user_id), index=SELLER_INDEX, limit=ITEMS_PER_PAGE, start=start)
    return Query(pk=owner_partition(job.user_id), index=OWNER_INDEX, limit=ITEMS_PER_PAGE, start=start)


def _is_own(kind: str, job: ExportJob, item: Item) -> bool:
    is_new = kind not in WITHOUT_CREATION and item["created_at"] > millis(job.requested_at)
    return job.has_circle(item["circle_id"]) and not is_new


def _entry_lines(table: Table, order_ids: Iterable[str], own: tuple[str, ...]) -> Iterator[Line]:
    """Yield the ledger entries of orders, each with the lines of the user's own ledger accounts and no others."""
    for order_id in order_ids:
        for item in query_all(table, Query(pk=f"LEDGER#{order_id}", prefix=ENTRY_PREFIX, limit=100)):
            lines = [line for line in item["lines"] if line[0] in own]
            if lines:
                yield _line("ledger_entry", {**item, "lines": lines})


def _address_lines(open_text: OpenText, table: Table, job: ExportJob) -> Iterator[Line]:
    for entry in get_address_book(table, job.user_id).entries:
        yield _line("address", {"id": entry.id, **asdict(Address.parse(open_text(entry.text, job.user_id)))})


def _order_address_lines(open_text: OpenText, job: ExportJob, items: Iterable[Item]) -> Iterator[Line]:
    for item in items:
        if not is_erased(item, job.requested_at):
            order_id = order_id_of_address(item)
            address = Address.parse(open_text(item["address"], order_id))
            yield _line("order_address", {"order_id": order_id, **asdict(address)})


def _balances(table: Table, job: ExportJob) -> Iterator[Item]:
    for account in (*accounts_of_seller(job.user_id), *accounts_of_owner(job.user_id)):
        for item in query_all(table, Query(pk=balance_partition(account), prefix=f"{account}#", limit=100)):
            yield {**item, "ledger_account": account, "currency": item["sk"].rpartition("#")[2]}


def _line(kind: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], {**item, "channel": item.get("kind")})

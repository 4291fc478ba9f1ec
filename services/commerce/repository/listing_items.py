"""Listings as attributes of an item. Every sale writes the item, so it is short: with 4 options it stays below 1 KB.

`options` has a line for each option on sale, with id, price and name; `withdrawn` has those of withdrawn options. `stock_<id>`
counts the units of every option.
"""

from __future__ import annotations

from datetime import timedelta

from services.commerce.domain import Listing, ListingKind, Option, Promise
from services.commerce.domain.divided_stock import DividedStock
from services.commerce.domain.listing import Removal
from services.commerce.domain.money import Money
from services.commerce.domain.option import OPTION_IDS
from services.shared.kernel.clock import from_millis, millis
from services.shared.pictures.checks import picture_from_list, picture_to_list
from services.shared.security.audit import AuditTrail
from services.shared.security.take_downs import TakeDowns
from services.shared.table.items import Item

HOUR = timedelta(hours=1)


def stock_name(option_id: str) -> str:
    """Return the attribute that counts the units of an option; of the listing itself for an empty id."""
    return f"stock_{option_id}" if option_id else "stock"


STOCK_NAMES = frozenset(map(stock_name, ("", *OPTION_IDS)))


def listing_attributes(listing: Listing) -> Item:
    """Return the attributes beside the keys. `on_sale` is what the conditions of orders test: False while it is down.

    resumes: that its seller sells it, so that it is on sale again when the take-down or the removal ends.
    """
    return {
        "id": listing.id,
        "circle_id": listing.circle_id,
        "seller_id": listing.seller_id,
        "kind": str(listing.kind),
        "title": listing.title,
        "amount": listing.price.amount,
        "currency": listing.price.currency,
        "stock": listing.own_stock,
        "created_at": millis(listing.created_at),
        "version": listing.version,
        "revision": listing.revision,
        "on_sale": listing.offer.on_sale,
        **({"resumes": True} if listing.on_sale and not listing.offer.on_sale else {}),
        **_options_to_item(listing.options),
        **_promise_to_item(listing.promise),
        **({"cover": picture_to_list(listing.cover)} if listing.cover else {}),
        **({"page": listing.page_revision} if listing.page_revision else {}),
        **_removal_to_item(listing.removal),
        **listing.take_downs.to_item(),
        **_divided_to_item(listing),
    }


def listing_from_item(item: Item) -> Listing:
    return Listing(
        id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller_id"],
        kind=ListingKind(item["kind"]),
        title=item["title"],
        price=Money(item["amount"], item["currency"]),
        own_stock=item["stock"],
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        revision=item["revision"],
        on_sale=item["on_sale"] or item.get("resumes", False),
        removal=_removal_from_item(item),
        take_downs=TakeDowns.from_item(item),
        options=_options_from_item(item),
        promise=_promise_from_item(item),
        cover=picture_from_list(item["cover"]) if "cover" in item else None,
        page_revision=item.get("page", 0),
        divided=DividedStock(item.get("shards", 0), item.get("divided", 0), item.get("counts", 0)),
    )


def _divided_to_item(listing: Listing) -> Item:
    """shards: 0 until the stream has divided a large stock. Its filter passes items with this attribute on, and no others."""
    if listing.divided.shards:
        return divided_to_item(listing.divided)
    return {"shards": 0} if listing.must_be_divided() else {}


def divided_to_item(divided: DividedStock) -> Item:
    return {"shards": divided.shards, "divided": divided.units, "counts": divided.counts}


def _options_to_item(options: tuple[Option, ...]) -> Item:
    item: Item = {stock_name(option.id): option.stock for option in options}
    for name, on_sale in (("options", True), ("withdrawn", False)):
        if lines := [f"{each.id} {each.price.amount} {each.name}" for each in options if each.on_sale is on_sale]:
            item[name] = "\n".join(lines)
    return item


def _options_from_item(item: Item) -> tuple[Option, ...]:
    def option(line: str, *, on_sale: bool) -> Option:
        option_id, amount, name = line.split(" ", 2)
        return Option(option_id, name, Money(int(amount), item["currency"]), item[stock_name(option_id)], on_sale)

    on_sale = (option(line, on_sale=True) for line in _lines(item, "options"))
    return (*on_sale, *(option(line, on_sale=False) for line in _lines(item, "withdrawn")))


def _lines(item: Item, name: str) -> list[str]:
    return item[name].split("\n") if name in item else []


def stock_on_sale(item: Item) -> tuple[int, int]:
    """Return the units that can be bought, of all options on sale or of the listing itself, and the number of these options."""
    options = [line.partition(" ")[0] for line in _lines(item, "options")]
    divided = 0 if options else item.get("divided", 0)
    return divided + sum(item[stock_name(each)] for each in options or ("",)), len(options)


def _promise_to_item(promise: Promise) -> Item:
    hours = {"ships_within": promise.ships_within // HOUR} if promise.ships_within else {}
    return hours if promise.accepts_returns else {**hours, "no_returns": True}


def _promise_from_item(item: Item) -> Promise:
    ships_within = item["ships_within"] * HOUR if "ships_within" in item else None
    return Promise(ships_within, accepts_returns=not item.get("no_returns", False))


def _removal_to_item(removal: Removal | None) -> Item:
    if removal is None:
        return {}
    stored: Item = {"removed_by": removal.by, "removal_reason": removal.reason, "removed_at": millis(removal.at)}
    stored |= removal.trail.to_item()
    return stored if removal.restored_revision is None else {**stored, "restored_revision": removal.restored_revision}


def _removal_from_item(item: Item) -> Removal | None:
    if "removed_at" not in item:
        return None
    at, trail = from_millis(item["removed_at"]), AuditTrail.from_item(item)
    return Removal(item["removed_by"], item["removal_reason"], at, trail, item.get("restored_revision"))

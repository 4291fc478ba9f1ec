"""Actions of sellers about options, units and quick listings, and of buyers about options."""

from __future__ import annotations

from typing import Any

from services.commerce.repository.listings import listing_key
from simulation.soak.actors import Actor
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

NAMES = ("红色", "蓝色", "绿色")


def create_listing_with_options(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, count = soak.someone_in(circle_id), soak.randomness.choice((1, 2, 3))
        options = [{"name": name, "amount": amount_of(soak), "stock": soak.randomness.choice((0, 1, 5))} for name in NAMES]
        body = {"kind": "c2c", "title": soak.text("背包"), "currency": "CNY", "options": options[:count]}
        _learn(soak, circle_id, soak.call(actor, "create_listing", {"circle_id": circle_id}, body))


def create_quick_listing(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        body = {"title": soak.text("自行车"), "amount": amount_of(soak)}
        _learn(soak, circle_id, soak.call(soak.someone_in(circle_id), "create_quick_listing", {"circle_id": circle_id}, body))


def change_options(soak: Soak) -> None:
    """A seller renames, withdraws, brings back and adds options, or gives a listing its first or takes its last one."""
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        seller = _seller(soak, listing)
        found = soak.get(seller, "get_listing", ids) if seller else None
        if seller and found:
            kept = [
                {"option_id": each["option_id"], "name": each["option_id"], "amount": amount_of(soak)}
                for each in found.get("options", ())
                if soak.chance(0.7)
            ]
            new = [{"name": soak.text("新"), "amount": amount_of(soak), "stock": 2}] if soak.chance(0.3) else []
            body = {"title": soak.text("背包"), "amount": amount_of(soak), "currency": "CNY", "options": [*kept, *new]}
            soak.call(seller, "update_listing", ids, body, etag=etag_of(soak, seller, "get_listing", ids))


def restock_listing(soak: Soak) -> None:
    """A seller adds units to a listing or an option; by chance another user tries."""
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        actor = _seller(soak, listing) if soak.chance(0.9) else soak.someone_in(listing[0])
        if actor:
            option = soak.randomness.choice((None, "o1", "o2"))
            soak.call(actor, "restock_listing", ids, {"add": soak.randomness.choice((1, 3)), "option_id": option})


def order_option(soak: Soak) -> None:
    """A buyer orders an option that they read."""
    if listing := soak.recent("listings"):
        buyer, ids = soak.someone_in(listing[0]), {"circle_id": listing[0], "listing_id": listing[1]}
        found = soak.get(buyer, "get_listing", ids)
        option = soak.choose(found.get("options", ())) if found else None
        if found and option:
            about = {"listing_id": listing[1], "option_id": option["option_id"], "revision": found["revision"]}
            response = soak.call(buyer, "place_order", {"circle_id": listing[0]}, {**about, "quantity": 1})
            if response and response.status == 201:
                order = response.body
                soak.learn("orders", (buyer.index, soak.by_user_id[order["seller_id"]].index, order["order_id"]))


def amount_of(soak: Soak) -> int:
    amount: int = soak.randomness.choice((90, 333, 12_900))
    return amount


def _seller(soak: Soak, listing: tuple[str, str]) -> Actor | None:
    stored: Any = soak.driver.tables["commerce"].get(listing_key(*listing), consistent_read=True)
    return soak.by_user_id[stored["seller_id"]] if stored else None


def _learn(soak: Soak, circle_id: str, response: Any) -> None:
    if response and response.status == 201:
        soak.learn("listings", (circle_id, response.body["listing_id"]))


ACTIONS = {create_listing_with_options: 3, create_quick_listing: 2, change_options: 3, restock_listing: 3, order_option: 6}

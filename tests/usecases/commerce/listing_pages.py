"""Steps of the tests of listings with pages: uploads, options, changes, and what is left of their files."""

from __future__ import annotations

from typing import Any

from demo.pictures import dawn
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, OptionInput, PageInput
from services.commerce.domain.money import Money
from services.commerce.repository.listing_pages import PageView, get_view
from services.commerce.schemas import ListingPageResponse
from services.shared.pictures.upload import PictureType
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.setup.events import take_down_changed
from simulation.setup.requests import change
from simulation.streams import deliver, handle_new_changes
from tests.support.imaging import clean

PNG = dawn()


def yuan(amount: int) -> Money:
    return Money(amount * 100, "CNY")


RED, BLUE = OptionInput("红色", yuan(20), 3), OptionInput("蓝色", yuan(10), 5)


def upload(shop: Shop, by: Caller = MEI, data: bytes = PNG) -> str:
    """Upload a picture, which the worker has not processed yet, and return its id."""
    picture_id, form = commerce.create_listing_upload(
        shop.ports, by, shop.circle_id, shop.new_key(by), PictureType.PNG, len(data)
    )
    shop.simulation.commerce_bucket.files[form.fields["key"]] = ("image/png", data)
    return picture_id


def uploaded(shop: Shop, count: int = 1, by: Caller = MEI, data: bytes = PNG) -> tuple[str, ...]:
    """Return the ids of pictures that are ready."""
    ids = []
    for _ in range(count):
        ids.append(upload(shop, by, data))
        for object_key in [name for name in shop.simulation.commerce_bucket.files if name.startswith("raw/")]:
            commerce.process_upload(shop.ports, object_key, clean)
        shop.simulation.clock.advance(minutes=1)  # the share of the worker is per minute
    return tuple(ids)


def create(shop: Shop, by: Caller = MEI, **more: Any) -> Listing:
    """Create a listing of Mei and let the shop sell it."""
    given = {"kind": ListingKind.C2C, "title": "背包", "price": yuan(99), "stock": 4, **more}
    shop.listing = commerce.create_listing(shop.ports, by, shop.circle_id, shop.new_key(by), **given)
    return shop.listing


def edit(shop: Shop, **more: Any) -> Listing:
    """Change the listing of the shop: what is not given has a value of its own or is empty, as in the request."""
    shop.simulation.clock.advance(milliseconds=1)
    given = {"title": "背包", "price": yuan(99), "on_sale": True, **more}
    request = given.pop("request", None) or change(shop.current_listing().revision, str(shop.simulation.clock.now))
    return commerce.update_listing(shop.ports, MEI, shop.circle_id, shop.listing.id, request, **given)


def with_pictures(*picture_ids: str, description: str = "九成新") -> PageInput:
    return PageInput(description, picture_ids)


def read(shop: Shop, by: Caller = HAO) -> PageView:
    return commerce.get_listing(shop.ports, by, shop.circle_id, shop.listing.id)


def stored(shop: Shop) -> PageView:
    return get_view(shop.simulation.commerce_table, shop.circle_id, shop.listing.id)


def files(shop: Shop) -> dict[str, set[str]]:
    """Return the ids of the pictures in each folder of the bucket."""
    found: dict[str, set[str]] = {}
    for name in shop.simulation.commerce_bucket.files:
        found.setdefault(name.partition("/")[0], set()).add(name.rpartition("/")[2])
    return found


def reachable(shop: Shop) -> set[str]:
    """Return the ids of the pictures that addresses can load."""
    found = files(shop)
    assert found.get("shown", set()) == found.get("thumb", set())
    return found.get("shown", set())


def shown(shop: Shop, by: Any = HAO) -> ListingPageResponse:
    return ListingPageResponse.of_view(read(shop, by), by.user_id, commerce.picture_addresses(shop.ports))


def take_down(shop: Shop, *, is_active: bool = True) -> None:
    shop.simulation.clock.advance(seconds=1)
    event = take_down_changed(shop.simulation, "commerce", "listing", shop.listing.id, shop.circle_id, is_active=is_active)
    deliver(shop.simulation, "commerce", event)


def derive(shop: Shop) -> None:
    handle_new_changes(shop.simulation, "commerce")

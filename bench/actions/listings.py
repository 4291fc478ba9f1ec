"""The actions of commerce about listings with pages, options and pictures."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.dataset import HAO, MEI, BenchDataset
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, OptionInput, PageInput
from services.commerce.domain.money import Money
from services.shared.pictures.clean import CleanPicture
from services.shared.pictures.upload import PictureType
from simulation.setup.requests import change
from simulation.streams import handle_new_changes

OPTIONS = tuple(OptionInput(name, Money(9_900, "CNY"), 5) for name in ("黑色 / M", "黑色 / L", "白色 / M", "白色 / L"))
PAGE: dict[str, Any] = {"title": "望远镜，九成新", "options": OPTIONS, "price": None}


def upload(dataset: BenchDataset) -> tuple[str, str]:
    """Return the id of a new picture, and the object that its form uploads to."""
    key, ports = dataset.key(MEI), dataset.simulation.commerce
    picture_id, form = commerce.create_listing_upload(ports, MEI, dataset.circle, key, PictureType.PNG, 1000)
    dataset.ids["listing_picture"] = picture_id
    return picture_id, form.fields["key"]


def uploaded(dataset: BenchDataset, count: int = 2) -> None:
    """Upload pictures of Mei, which are ready."""
    ids = []
    for _ in range(count):
        picture_id, object_key = upload(dataset)
        dataset.simulation.commerce_bucket.files[object_key] = ("image/png", b"raw")
        commerce.process_upload(dataset.simulation.commerce, object_key, lambda *_: CleanPicture(b"full", b"thumb", 1600, 1200))
        dataset.simulation.clock.advance(minutes=1)
        ids.append(picture_id)
    dataset.objects["pictures"] = tuple(ids)


def page_of(dataset: BenchDataset) -> PageInput:
    return PageInput("成色很好，附背带和镜头盖。" * 10, dataset.objects["pictures"])


def create_with_page(dataset: BenchDataset) -> None:
    """Create a listing with a page of 130 characters and 2 pictures, and 4 options."""
    dataset.objects["with_page"] = commerce.create_listing(
        dataset.simulation.commerce, MEI, dataset.circle, dataset.key(MEI), kind=ListingKind.C2C, page=page_of(dataset), **PAGE
    )


def with_page(dataset: BenchDataset) -> None:
    uploaded(dataset)
    create_with_page(dataset)


def update_page(dataset: BenchDataset) -> None:
    """Change the text of a page; its pictures stay."""
    listing = dataset.objects["with_page"]
    page = PageInput("降价。", dataset.objects["pictures"])
    named = {**PAGE, "options": (), "price": Money(1, "CNY"), "on_sale": True, "page": page}
    commerce.update_listing(dataset.simulation.commerce, MEI, dataset.circle, listing.id, change(listing.revision), **named)


def read_page(dataset: BenchDataset) -> Any:
    return commerce.get_listing(dataset.simulation.commerce, HAO, dataset.circle, dataset.objects["with_page"].id)


def large(dataset: BenchDataset) -> None:
    """Create a listing whose stock is divided."""
    new: dict[str, Any] = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(100, "CNY"), "stock": 1_000}
    listing = commerce.create_listing(dataset.simulation.commerce, MEI, dataset.circle, dataset.key(MEI), **new)
    dataset.objects["large"] = listing


def divided(dataset: BenchDataset) -> None:
    large(dataset)
    handle_new_changes(dataset.simulation, "commerce")


def order_large(dataset: BenchDataset) -> None:
    listing, at = dataset.objects["large"], (dataset.simulation.commerce, HAO, dataset.circle, dataset.key(HAO))
    commerce.place_order(*at, listing_id=listing.id, revision=listing.revision, quantity=1)


_action = partial(Action, "commerce")

LISTINGS = (
    _action("create a listing with a page", create_with_page, None, uploaded),
    _action("update the page of a listing", update_page, None, with_page),
    _action("read a listing with a page", read_page, None, with_page),
    _action(
        "create a quick listing",
        lambda d: commerce.create_quick_listing(
            d.simulation.commerce, MEI, d.circle, d.key(MEI), "自行车", Money(30_000, "CNY"), d.objects["pictures"][0]
        ),
        None,
        uploaded,
    ),
    _action(
        "restock a listing",
        lambda d: commerce.restock_listing(d.simulation.commerce, MEI, d.circle, d.listing.id, d.key(MEI), 5),
    ),
    _action("create a listing with 1,000 units", large),
    _action("place an order from a divided stock", order_large, (4, 0.5), divided),
    _action(
        "withdraw a listing with a divided stock",
        lambda d: commerce.withdraw_listing(d.simulation.commerce, MEI, d.circle, d.objects["large"].id),
        None,
        divided,
    ),
    _action("upload a picture of a listing", upload),
    _action(
        "get a picture of a listing",
        lambda d: commerce.get_listing_picture(d.simulation.commerce, MEI, d.circle, d.objects["pictures"][0]),
        None,
        uploaded,
    ),
)

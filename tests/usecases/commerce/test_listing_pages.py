"""M26: a listing is a page: pictures, description and terms, created, changed, reported, ended, exported and erased with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, PageInput
from services.commerce.repository.listing_pages import get_view, page_key
from services.shared.kernel.errors import KeyReused, NewcomerLimitExceeded, PreconditionFailed, Unavailable
from services.shared.kernel.pages import PageRequest
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.requests import change
from simulation.users import caller
from tests.usecases.commerce.listing_pages import (
    create,
    derive,
    edit,
    files,
    reachable,
    read,
    shown,
    stored,
    uploaded,
    with_pictures,
    yuan,
)


def test_m26_a_page_has_what_its_seller_wrote_with_the_terms() -> None:
    shop = Shop()
    pictures = uploaded(shop, 9)
    create(shop, page=with_pictures(*pictures, description="换" * 5000), kind=ListingKind.MERCHANT)
    page = shown(shop)
    assert (page.title, page.description, page.amount, page.stock) == ("背包", "换" * 5000, 9_900, 4)
    assert [picture.id for picture in page.pictures] == list(pictures)
    assert all(picture.url and picture.thumbnail_url for picture in page.pictures)
    assert page.cover and (page.cover.id, page.cover.url) == (pictures[0], None)
    assert page.terms.model_dump() == {
        "accepts_returns": True,
        "return_days": 7,
        "ships_within_hours": 48,
        "receipt_days": 10,
        "platform_share": 500,
        "owner_share": 300,
    }


def test_m26_a_list_shows_the_thumbnail_of_the_first_picture_and_what_is_sold_out() -> None:
    shop = Shop(stock=1)
    (picture,) = uploaded(shop)
    shop.order()
    create(shop, page=with_pictures(picture))
    listed = commerce.list_listings(shop.ports, HAO, shop.circle_id, PageRequest()).map(shop.shown).items
    assert [(each.cover.id if each.cover else None, each.sold_out, each.option_count) for each in listed] == [
        (picture, False, 0),
        (None, True, 0),
    ]
    assert listed[0].cover and listed[0].cover.thumbnail_url and listed[0].cover.url is None


def test_m26_a_change_replaces_the_page_and_deletes_the_files_of_pictures_that_left_it() -> None:
    shop = Shop()
    first, second, third = uploaded(shop, 3)
    create(shop, page=with_pictures(first, second))
    edit(shop, page=with_pictures(third, second, description="降价"))
    derive(shop)
    view = read(shop)
    assert view.page.description == "降价"
    assert [picture.id for picture in view.page.pictures] == [third, second]
    assert view.listing.cover and view.listing.cover.id == third
    assert reachable(shop) == {second, third}
    edit(shop)
    derive(shop)
    assert read(shop).page.is_empty
    assert read(shop).listing.cover is None
    assert files(shop) == {}
    assert shop.simulation.commerce_table.get(page_key(shop.circle_id, shop.listing.id)) is None


def test_m26_a_change_of_the_price_alone_writes_no_page() -> None:
    shop = Shop()
    (picture,) = uploaded(shop)
    page = with_pictures(picture)
    create(shop, page=page)
    before = stored(shop)
    edit(shop, price=yuan(50), page=page)
    after = stored(shop)
    assert (after.page, after.listing.page_revision) == (before.page, before.listing.page_revision)
    assert after.listing.revision > before.listing.revision
    assert after.listing.cover == before.listing.cover


def test_m26_a_change_under_an_old_etag_uses_no_picture() -> None:
    shop = Shop()
    create(shop)
    (picture,) = uploaded(shop)
    with pytest.raises(PreconditionFailed):
        edit(shop, page=with_pictures(picture), request=change(1))
    assert edit(shop, page=with_pictures(picture)).cover


def test_m26_a_reader_between_two_writes_never_gets_the_page_of_another_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    create(shop, page=PageInput("九成新"))
    table = shop.simulation.commerce_table
    get_many = table.get_many
    stale = [get_many([page_key(shop.circle_id, shop.listing.id)])]

    def torn(keys: Any, *, consistent_read: bool = False) -> Any:
        found = get_many(keys, consistent_read=consistent_read)
        return found if consistent_read else {**found, **stale[0]}

    edit(shop, page=PageInput("有划痕"))
    monkeypatch.setattr(table, "get_many", torn)
    assert get_view(table, shop.circle_id, shop.listing.id).page.description == "有划痕"
    monkeypatch.setattr(table, "get_many", lambda keys, consistent_read=False: {**get_many(keys), **stale[0]})
    with pytest.raises(Unavailable):
        get_view(table, shop.circle_id, shop.listing.id)


def test_m4_a_quick_listing_is_one_product_of_ones_own() -> None:
    shop = Shop()
    (picture,) = uploaded(shop, by=HAO)
    key = shop.new_key(HAO)

    def create_quickly() -> Listing:
        return commerce.create_quick_listing(shop.ports, HAO, shop.circle_id, key, "自行车", yuan(300), picture)

    listing = create_quickly()
    assert (listing.kind, listing.stock, listing.price, listing.seller_id) == (ListingKind.C2C, 1, yuan(300), HAO.user_id)
    assert listing.cover and listing.cover.id == picture
    assert create_quickly() == listing, "a retry"
    shop.listing = listing
    shop.order(MEI)
    with pytest.raises(errors.StockInsufficient):
        shop.order(LIN)
    with pytest.raises(errors.BuyerIsSeller):
        shop.order(HAO)
    assert shop.shown(shop.current_listing()).sold_out
    bare = commerce.create_quick_listing(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), "书", yuan(1))
    assert bare.cover is None


def test_m26_another_body_under_the_key_of_a_listing_is_an_error() -> None:
    shop = Shop()
    key = shop.new_key(MEI)
    named: dict[str, Any] = {"kind": ListingKind.C2C, "title": "x", "price": yuan(1), "stock": 1}
    commerce.create_listing(shop.ports, MEI, shop.circle_id, key, **named)
    with pytest.raises(KeyReused):
        commerce.create_listing(shop.ports, MEI, shop.circle_id, replace(key, body_hash="other"), **named)


@pytest.mark.parametrize(
    ("page", "options"),
    [(PageInput("加我 example.com"), ()), (PageInput("@a @b @c"), ()), (PageInput(picture_ids=("1", "2", "3", "4")), ())],
)
def test_m26_a_newcomer_posts_no_link_few_mentions_and_few_pictures(page: PageInput, options: Any) -> None:
    shop = Shop()
    shop.set_member(HAO, role="newcomer")
    with pytest.raises(NewcomerLimitExceeded):
        create(shop, HAO, page=page, options=options)


def test_m3_another_circle_and_a_pending_member_see_no_page() -> None:
    shop, other = Shop(), caller("other")
    create(shop, page=PageInput("九成新"))
    shop.set_member(other, state="pending")
    for reader in (other, caller("stranger")):
        with pytest.raises(errors.CircleNotFound):
            read(shop, reader)

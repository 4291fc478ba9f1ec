"""M26: what ends a listing, and what is then left of its page: take-downs, removals, reports, closed circles, erasures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain.listing import removal_case_id
from services.shared.erasure.jobs import plan_erasure
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import Unavailable
from services.shared.messaging.events import AccountDeleted, AccountDeletedData
from services.shared.table.purging import plan_purge
from services.shared.table.reports import ReportInput, find_evidence
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.events import envelope, take_down_changed
from simulation.streams import deliver
from tests.usecases.commerce.listing_pages import (
    create,
    derive,
    files,
    reachable,
    shown,
    stored,
    take_down,
    upload,
    uploaded,
    with_pictures,
)


def remove(shop: Shop) -> None:
    commerce.remove_listing(shop.ports, LIN, shop.circle_id, shop.listing.id, "假货")


@pytest.mark.parametrize("end", [take_down, remove])
def test_m26_no_address_reaches_the_pictures_of_a_listing_that_was_ended(end: Callable[[Shop], None]) -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    end(shop)
    derive(shop)
    assert reachable(shop) == set()
    own = shown(shop, MEI)
    assert (own.description, own.pictures, own.cover) == ("九成新", [], None), "its seller gets the text alone"
    with pytest.raises(errors.ListingNotFound):
        shown(shop)


def test_a4_an_appeal_brings_the_pictures_back() -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    take_down(shop)
    derive(shop)
    take_down(shop, is_active=False)
    derive(shop)
    assert reachable(shop) == set(pictures)
    assert [picture.id for picture in shown(shop).pictures] == list(pictures)


def test_a3_a_removal_that_was_reversed_brings_the_pictures_back() -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    remove(shop)
    derive(shop)
    removal = shop.current_listing().removal
    assert removal
    case_id = removal_case_id(shop.listing.id, millis(removal.at))
    how: Any = {"case_id": case_id, "is_active": False}
    deliver(
        shop.simulation,
        "commerce",
        take_down_changed(shop.simulation, "commerce", "listing_removal", shop.listing.id, shop.circle_id, **how),
    )
    derive(shop)
    assert reachable(shop) == set(pictures)
    assert shown(shop).description == "九成新"


def test_c27_a_report_and_a_removal_keep_the_page_as_it_was() -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    commerce.report_listing(shop.ports, HAO, shop.circle_id, shop.listing.id, ReportInput("fraud"))
    remove(shop)
    derive(shop)
    reported = find_evidence(shop.simulation.commerce_table, shop.circle_id, shop.listing.id)
    items = shop.simulation.memory("commerce").all_items()
    (removed,) = (item["evidence"] for item in items if item["sk"].startswith("REMOVAL#"))
    for evidence in (reported, removed):
        assert evidence and (evidence["title"], evidence["amount"]) == ("背包", 9_900)
        assert (evidence["description"], evidence["pictures"]) == ("九成新", list(pictures))
        names = {f"{evidence['picture_folder']}/{picture}" for picture in pictures}
        assert names <= shop.simulation.evidence.files.keys()


def test_c27_a_report_without_all_pictures_is_not_stored() -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    shop.simulation.commerce_bucket.files.clear()
    with pytest.raises(Unavailable):
        commerce.report_listing(shop.ports, HAO, shop.circle_id, shop.listing.id, ReportInput("fraud"))
    assert find_evidence(shop.simulation.commerce_table, shop.circle_id, shop.listing.id) is None


def test_m26_a_closed_circle_leaves_neither_pages_nor_files() -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    commerce.report_listing(shop.ports, HAO, shop.circle_id, shop.listing.id, ReportInput("fraud"))
    remove(shop)
    derive(shop)
    create(shop, page=with_pictures(*uploaded(shop)))
    plan_purge(shop.simulation.commerce_table, shop.circle_id, shop.simulation.clock())
    commerce.handle_jobs(shop.ports)
    derive(shop)
    assert files(shop) == {}
    kinds = {item["sk"].partition("#")[0] for item in shop.simulation.memory("commerce").all_items()}
    assert not kinds & {"PAGE", "LISTING", "REMOVAL", "REPORT"}


@pytest.mark.parametrize("content", ["keep", "delete"])
def test_a6_a_deleted_account_leaves_no_upload_and_its_pages_if_they_stay(content: str) -> None:
    shop = Shop()
    pictures = uploaded(shop, 2)
    create(shop, page=with_pictures(*pictures))
    shop.set_member(MEI)
    unused = uploaded(shop)
    upload(shop)
    data = AccountDeletedData.model_validate({"user_id": MEI.user_id, "content": content})
    plan_erasure(shop.ports, AccountDeleted(**envelope(shop.simulation, MEI.user_id), data=data))
    commerce.handle_jobs(shop.ports)
    shop.simulation.clock.advance(minutes=15)  # a reservation of the withdrawn listing can still be paid until then
    commerce.handle_jobs(shop.ports)
    derive(shop)
    assert unused[0] not in str(shop.simulation.commerce_bucket.files)
    assert reachable(shop) == (set(pictures) if content == "keep" else set())
    view = stored(shop)
    assert not view.listing.on_sale
    assert (view.listing.title, view.page.description) == (("背包", "九成新") if content == "keep" else ("", ""))
    items = shop.simulation.memory("commerce").all_items()
    assert not [item for item in items if item["pk"].startswith(("PICTURES#", "UPLOADER#")) and MEI.user_id in item["pk"]]

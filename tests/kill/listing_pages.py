"""The scenarios with a listing that has a page: its upload, its changes, and what happens to the listing and its pictures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, OptionInput, PageInput
from services.commerce.domain.money import Money
from services.commerce.repository.listings import get_listing
from services.shared.pictures.checks import delete_picture_check, find_picture_check
from services.shared.pictures.clean import CleanPicture
from services.shared.pictures.upload import PictureType
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, REPORT, close_circle, run_circles_schedule
from tests.kill.jobs import request_archive, run_jobs
from tests.kill.scenario import Scenario
from tests.kill.take_downs import take_down_and_restore

UPLOADS = (new_key(MEI), new_key(MEI))
PICTURES = tuple(key.part(key.body_hash).id("pic") for key in UPLOADS)
KEY, QUICK_KEY, RESTOCK_KEY = new_key(MEI), new_key(MEI), new_key(MEI)
LISTING = KEY.id("lst")
PRICE = Money(12_900, "CNY")
RED, BLUE = OptionInput("红色", PRICE, 1), OptionInput("蓝色", PRICE, 0)


def upload_pictures(simulation: Simulation) -> None:
    """Upload two pictures and let the worker process them; a failed attempt is a notification that is delivered again."""
    ports = simulation.commerce
    for key in UPLOADS:
        picture_id, form = commerce.create_listing_upload(ports, MEI, CIRCLE, key, PictureType.PNG, 3)
        if find_picture_check(ports.table, CIRCLE, MEI.user_id, picture_id) is None:
            simulation.commerce_bucket.files[form.fields["key"]] = ("image/png", b"raw")
            commerce.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(b"full", b"thumb", 9, 6))


def create_listing(simulation: Simulation) -> Any:
    page, named = PageInput("九成新", PICTURES), {"kind": ListingKind.MERCHANT, "title": "背包", "options": (RED, BLUE)}
    return commerce.create_listing(simulation.commerce, MEI, CIRCLE, KEY, page=page, **named)  # type: ignore[arg-type]


def create_quick_listing(simulation: Simulation) -> Any:
    return commerce.create_quick_listing(simulation.commerce, MEI, CIRCLE, QUICK_KEY, "自行车", PRICE, PICTURES[0])


def update_listing(simulation: Simulation) -> Any:
    """Take a picture off the page, withdraw an option and add one."""
    ports = simulation.commerce
    # Of a repeat too: without a new revision of the client, the listing remembers the request.
    request = change(get_listing(ports.table, CIRCLE, LISTING).revision, "edit")
    options = (OptionInput("红色", PRICE, id="o1"), OptionInput("绿色", PRICE, 0))
    named: dict[str, Any] = {"title": "背包", "price": None, "on_sale": True, "options": options}
    return commerce.update_listing(ports, MEI, CIRCLE, LISTING, request, page=PageInput("降价", PICTURES[1:]), **named)


def restock_listing(simulation: Simulation) -> Any:
    return commerce.restock_listing(simulation.commerce, MEI, CIRCLE, LISTING, RESTOCK_KEY, 1, "o2")


def report_listing(simulation: Simulation) -> None:
    commerce.report_listing(simulation.commerce, HAO, CIRCLE, LISTING, REPORT)


def remove_listing(simulation: Simulation) -> None:
    commerce.remove_listing(simulation.commerce, LIN, CIRCLE, LISTING, "假货")


def expire_uploads(simulation: Simulation) -> None:
    """Delete the checks of the uploads, as the table does when they expire. The stream deletes the files that no page has."""
    for picture in PICTURES:
        delete_picture_check(simulation.commerce.table, CIRCLE, MEI.user_id, picture)


LISTINGS_WITH_PAGES = (
    Scenario("upload-for-listing", upload_pictures, "add-members"),
    Scenario("expire-listing-uploads", expire_uploads, "upload-for-listing"),
    Scenario("create-listing-with-page", create_listing, "upload-for-listing"),
    Scenario("create-quick-listing", create_quick_listing, "upload-for-listing"),
    Scenario("expire-checks-of-a-page", expire_uploads, "create-listing-with-page"),
    Scenario("update-page", update_listing, "create-listing-with-page"),
    Scenario("restock-listing", restock_listing, "create-listing-with-page"),
    Scenario("report-listing-with-page", report_listing, "create-listing-with-page"),
    Scenario("remove-listing-with-page", remove_listing, "create-listing-with-page"),
    *take_down_and_restore("listing-with-a-page", "commerce", lambda _: LISTING, "report-listing-with-page"),
    Scenario("request-archive-of-listings", request_archive, "create-listing-with-page"),
    Scenario("write-listings", run_jobs("commerce"), "request-archive-of-listings"),
    Scenario("close-circle-with-pages", close_circle, "remove-listing-with-page"),
    Scenario("delete-circle-with-pages", run_circles_schedule, "close-circle-with-pages", timedelta(days=31)),
    Scenario("purge-pages", run_jobs("commerce"), "delete-circle-with-pages"),
)

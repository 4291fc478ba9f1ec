"""The files of pictures, which follow the pages of listings: derived from the table's stream.

Whatever deletes or hides a page, such as an edit, a take-down or an erasure, needs no step of its own for the files.
"""

from __future__ import annotations

from services.commerce.domain import ListingPage
from services.commerce.repository.listing_pages import PAGE, PAGES, find_page
from services.commerce.usecases.ports import Ports
from services.shared.messaging.stream import Change, Changes
from services.shared.pictures.checks import PICTURE
from services.shared.pictures.files import delete_picture, move_picture


def has_files(change: Change) -> bool:
    """Whether a change can be about files: of a page that had pictures, or the end of the check of an upload."""
    is_page = change.key.sk.startswith(PAGE) and bool(change.old and change.old.get("pictures"))
    return is_page or _is_expired_check(change)


def update_files(ports: Ports, changes: Changes) -> None:
    """Delete, hide or show the files that these changes are about. A repeat changes nothing."""
    for change in changes:
        if _is_expired_check(change):
            _delete_unused(ports, change)
        else:
            _follow_page(ports, change)


def _is_expired_check(change: Change) -> bool:
    return change.new is None and change.key.sk.startswith(PICTURE) and bool(change.old and "flaw" in change.old)


def _delete_unused(ports: Ports, change: Change) -> None:
    """Delete the files of a picture whose check was deleted, unless the page of the listing that used it has the picture.

    A picture can be marked by a change that was not stored: then no page has it.
    """
    _, circle_id, author = change.key.pk.split("#")
    picture_id = change.key.sk.removeprefix(PICTURE)
    listing_id = (change.old or {}).get("used_by", "").partition("/")[0]
    page = find_page(ports.table, circle_id, listing_id) if listing_id else None
    if page is None or picture_id not in {picture.id for picture in page.pictures}:
        delete_picture(ports.pictures, circle_id, author, picture_id)


def _follow_page(ports: Ports, change: Change) -> None:
    """Delete the files of pictures that the page has no more; move the others if the listing was ended, or is back.

    The page is read as it is now, and again after its files were moved: of two records that are processed at once, the last
    one leaves the files as the page needs them.
    """
    before, after = (PAGES.from_item(image) if image else None for image in (change.old, change.new))
    if before is None or (after and (after.pictures, after.is_hidden) == (before.pictures, before.is_hidden)):
        return
    is_moved_to = None
    while True:
        page = find_page(ports.table, before.circle_id, before.listing_id)
        _delete_files(ports, before, {picture.id for picture in page.pictures} if page else set())
        if page is None or page.is_hidden == is_moved_to:
            return
        if is_moved_to is None and not page.is_hidden and not before.is_hidden:
            return
        for picture in page.pictures:
            move_picture(ports.pictures, page.circle_id, page.seller_id, picture.id, is_hidden=page.is_hidden)
        is_moved_to = page.is_hidden


def _delete_files(ports: Ports, before: ListingPage, kept: set[str]) -> None:
    """Delete the files of the pictures that the page had.

    Their checks stay as long as their forms can be used: no other upload gets the id of a picture that was reported.
    """
    for picture in before.pictures:
        if picture.id not in kept:
            delete_picture(ports.pictures, before.circle_id, before.seller_id, picture.id)

"""M26: pictures of listings: uploads, which listing uses them, and their files, which follow the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.repository.listing_pages import PAGE, find_page
from services.commerce.usecases import picture_files
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import CallerMuted, PictureNotFound, PicturesInvalid, PicturesNotReady
from services.shared.pictures.files import move_picture
from services.shared.pictures.upload import UploadState
from services.shared.table.items import Key
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.streams import handle_all_changes, handle_new_changes, new_changes
from tests.usecases.commerce.listing_pages import (
    create,
    derive,
    edit,
    reachable,
    stored,
    take_down,
    upload,
    uploaded,
    with_pictures,
)


def reasons(error: PicturesInvalid | PicturesNotReady) -> list[tuple[str, str]]:
    return [(field.at, field.code) for field in error.fields]


def test_m26_an_upload_is_seen_by_its_author_until_it_is_ready() -> None:
    shop = Shop()
    (ready,) = uploaded(shop)
    waiting = upload(shop)
    states = [commerce.get_listing_picture(shop.ports, MEI, shop.circle_id, each).state for each in (ready, waiting)]
    assert states == [UploadState.READY, UploadState.PROCESSING]
    with pytest.raises(PictureNotFound):
        commerce.get_listing_picture(shop.ports, HAO, shop.circle_id, ready)
    shop.set_member(HAO, state="left")
    with pytest.raises(errors.CircleNotFound):
        upload(shop, HAO)


def test_c23_a_muted_member_uploads_nothing() -> None:
    from services.shared.messaging.events import MembershipChanged, MembershipChangedData
    from simulation.setup.events import envelope
    from simulation.streams import deliver

    shop = Shop()
    until = shop.simulation.clock() + timedelta(days=1)
    data = MembershipChangedData(
        circle_id=shop.circle_id, user_id=MEI.user_id, role="moderator", state="member", muted_until=until
    )
    shop.simulation.clock.advance(milliseconds=1)
    about = envelope(shop.simulation, f"{shop.circle_id}/{MEI.user_id}")
    deliver(shop.simulation, "commerce", MembershipChanged(**about, data=data))
    with pytest.raises(CallerMuted):
        upload(shop)


def test_m26_a_listing_has_only_ready_pictures_of_its_seller_that_no_other_has() -> None:
    shop = Shop()
    own, used = uploaded(shop, 2)
    (of_hao,) = uploaded(shop, by=HAO)
    create(shop, page=with_pictures(used))
    with pytest.raises(PicturesInvalid) as raised:
        create(shop, page=with_pictures(own, used, of_hao))
    assert reasons(raised.value) == [("/pictures/1", "picture-used"), ("/pictures/2", "must-be-own-upload")]
    with pytest.raises(PicturesNotReady):
        create(shop, page=with_pictures(own, upload(shop)))
    assert create(shop, page=with_pictures(own)).cover, "an error before has used none"


def test_m26_a_picture_that_left_its_page_comes_back_only_by_a_new_upload() -> None:
    shop = Shop()
    (picture,) = uploaded(shop)
    create(shop, page=with_pictures(picture))
    edit(shop)
    for _ in range(2):  # before and after the stream deleted its files
        with pytest.raises(PicturesInvalid) as raised:
            edit(shop, page=with_pictures(picture))
        assert reasons(raised.value) == [("/pictures/0", "picture-used")]
        derive(shop)


def test_m26_a_change_that_crashed_after_it_marked_its_pictures_is_repeated() -> None:
    shop = Shop()
    create(shop)
    pictures = uploaded(shop, 2)
    crash = mock.patch("services.commerce.usecases.listings._with_page", side_effect=KeyboardInterrupt)
    with crash, pytest.raises(KeyboardInterrupt):
        edit(shop, page=with_pictures(*pictures))
    assert edit(shop, page=with_pictures(*pictures)).cover
    derive(shop)
    assert reachable(shop) == set(pictures)


def expire_checks(shop: Shop) -> None:
    """Delete the checks that have expired, as the table does, and process their records."""
    shop.simulation.clock.advance(days=3)
    table = shop.simulation.memory("commerce")
    for item in table.all_items():
        if item["sk"].startswith("PICTURE#") and item["expires_at"] < millis(shop.simulation.clock()) // 1000:
            table.delete(Key.of(item), when=None)
    derive(shop)


def test_m26_files_of_uploads_that_no_page_has_end_with_their_check() -> None:
    shop = Shop()
    used, unused, marked = uploaded(shop, 3)
    create(shop, page=with_pictures(used))
    crash = mock.patch("services.commerce.usecases.listings._with_page", side_effect=KeyboardInterrupt)
    with crash, pytest.raises(KeyboardInterrupt):
        edit(shop, page=with_pictures(used, marked))
    derive(shop)
    assert reachable(shop) == {used, unused, marked}
    expire_checks(shop)
    assert reachable(shop) == {used}
    assert edit(shop, page=with_pictures(used, description="仍可修改")).cover, "what a page has needs no check"


def test_m26_a_repeat_of_the_stream_leaves_the_files_as_the_page_is_now() -> None:
    shop = Shop()
    first, second = uploaded(shop, 2)
    create(shop, page=with_pictures(first))
    edit(shop, page=with_pictures(second))
    take_down(shop)
    take_down(shop, is_active=False)
    derive(shop)
    assert reachable(shop) == {second}
    handle_all_changes(shop.simulation, "commerce")
    assert reachable(shop) == {second}


@pytest.mark.parametrize("ends", ["restored", "edited", "deleted"])
def test_a4_an_event_between_reading_and_moving_leaves_the_files_as_the_page_is(ends: str) -> None:
    shop = Shop()
    first, second = uploaded(shop, 2)
    create(shop, page=with_pictures(first))
    handle_new_changes(shop.simulation, "commerce")
    take_down(shop)
    (record,) = [each for each in new_changes(shop.simulation, "commerce") if each.key.sk.startswith(PAGE)]

    def interrupted(*arguments: Any, **named: Any) -> None:
        patched.stop()
        if ends == "deleted":
            shop.simulation.commerce_table.delete(record.key, when=None)
        else:
            take_down(shop, is_active=False)
        if ends == "edited":
            edit(shop, page=with_pictures(second))
        handle_new_changes(shop.simulation, "commerce")
        move_picture(*arguments, **named)

    patched = mock.patch.object(picture_files, "move_picture", interrupted)
    patched.start()
    picture_files.update_files(shop.ports, [record])
    expected = {"restored": {first, second}, "edited": {second}, "deleted": {second}}
    assert reachable(shop) == expected[ends]
    hidden = {name for name in shop.simulation.commerce_bucket.files if name.startswith("taken_down") and first in name}
    assert bool(hidden) is (ends == "restored"), "a copy stays with a page that was down, until the picture ends"


def test_m26_the_page_of_a_listing_that_is_down_stays_hidden_whatever_its_seller_does() -> None:
    shop = Shop()
    (picture,) = uploaded(shop)
    create(shop, page=with_pictures(picture))
    take_down(shop)
    commerce.withdraw_listing(shop.ports, MEI, shop.circle_id, shop.listing.id)
    derive(shop)
    assert reachable(shop) == set()
    page = find_page(shop.simulation.commerce_table, shop.circle_id, shop.listing.id)
    assert page and page.is_hidden and stored(shop).page == page

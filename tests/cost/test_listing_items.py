"""M26: every sale writes the item of the listing, so it stays within one write unit, and the page is not on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.commerce.domain import Listing, ListingInput, ListingKind, ListingPage, OptionInput, Promise
from services.commerce.domain.money import Money
from services.commerce.domain.option import change_options
from services.commerce.repository.listing_pages import page_to_item
from services.commerce.repository.listings import listing_to_item
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.pictures.upload import Picture, PictureType
from simulation.meter import size_of

AT = datetime(2026, 8, 3, 12, tzinfo=UTC)
ULID, USER = "01K3ZKXB4M8Q2V5T7W9Y1A3C5E", "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"  # as long as real ones
KB = 1024


def listing(options: int) -> Listing:
    """Return a listing with a title of 20 characters, a cover, a promise and options of 7 characters."""
    given = [OptionInput(f"黑色 / {number:02}", Money(129_900 + number, "CNY"), 100) for number in range(options)]
    ids, price = (f"lst_{ULID}", f"cir_{ULID}", USER), None if options else Money(129_900, "CNY")
    created = Listing.create(
        ids, ListingKind.C2C, ListingInput("望" * 20, price, given, promise=Promise(accepts_returns=False)), 10, at=AT
    )
    cover = Picture(f"pic_{ULID}", PictureType.JPEG, 4096, 3072)
    return replace(created, cover=cover, page_revision=created.revision)


def stored(after: Listing) -> dict[str, Any]:
    """Return the item as it is after a create and 8 changes, with a pending event."""
    kept = {"requests": "r" * 22 * 8, "body_hash": "h" * 43}
    event = pending_events(lambda prefix: f"{prefix}_{ULID}", AT, ListingChanged)
    return {**listing_to_item(after), **kept, **event, "correlation_id": "c" * 36}


@pytest.mark.parametrize("options", [0, 4])
def test_m26_a_listing_with_4_options_is_below_1_kb(options: int) -> None:
    assert size_of(stored(listing(options))) < KB


def test_m26_a_listing_with_20_options_and_as_many_withdrawn_ones_is_below_4_kb() -> None:
    full = listing(20)
    names = [OptionInput(f"白色 / {number:02}", Money(129_900, "CNY"), 100) for number in range(20)]
    changed = replace(full, options=change_options(full.options, names))
    assert len(changed.options) == 40
    assert size_of(stored(changed)) < 4 * KB


def test_m26_the_longest_page_is_below_20_kb() -> None:
    pictures = tuple(Picture(f"pic_{ULID}", PictureType.JPEG, 4096, 3072) for _ in range(9))
    page = ListingPage(f"lst_{ULID}", f"cir_{ULID}", USER, "换" * 5000, pictures, 1)
    assert size_of(page_to_item(page)) < 20 * KB

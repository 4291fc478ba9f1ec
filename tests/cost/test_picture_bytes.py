"""C13: what the addresses of pictures add to a feed page: bytes, signatures, and no read."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from unittest import mock

from services.circles.domain import Content, Note, Picture, PictureType
from services.circles.schemas import NoteResponse
from services.circles.usecases.notes import NoteView
from services.shared.pictures.addresses import PictureAddresses
from services.shared.pictures.urls import CdnUrls, Period, signing_key
from simulation.users import RING

AT = datetime(2026, 8, 3, 12, tzinfo=UTC)
ULID, USER = "01K3ZKXB4M8Q2V5T7W9Y1A3C", "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"  # as long as real ones, two symbols short
# The floor of an address: host and path 140 bytes, policy 205, signature 96, names of the parameters 60.
MAX_BYTES_PER_PICTURE, MAX_GZIP_BYTES_PER_PICTURE = 700, 40


def feed_page(pictures: int) -> bytes:
    """Return the notes of a feed page of 20, each with so many pictures, as the response has them."""
    urls = CdnUrls("d111111abcdef8.cloudfront.net", "K2JCJMDEHXQW5F", RING)
    addresses = PictureAddresses(urls, Period.of(AT, timedelta(minutes=10)))
    notes = []
    for number in range(10, 30):
        shown = tuple(Picture(f"pic_{ULID}{index}", PictureType.JPEG, 1600, 1200) for index in range(10, 10 + pictures))
        content = Content("今早在江边看到白鹭。" * 12, ("观鸟",), shown)
        notes.append(NoteView(Note(f"note_{ULID}{number}", f"cir_{ULID}10", USER, content, AT, 1), False, ()))
    items = [NoteResponse.of(view, addresses).model_dump(mode="json") for view in notes]
    return json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()


def test_c13_the_bytes_of_addresses_are_bounded() -> None:
    without, with_pictures = feed_page(0), feed_page(5)
    assert (len(with_pictures) - len(without)) / 100 <= MAX_BYTES_PER_PICTURE
    assert (len(gzip.compress(with_pictures)) - len(gzip.compress(without))) / 100 <= MAX_GZIP_BYTES_PER_PICTURE


def test_c13_a_feed_page_is_signed_once() -> None:
    with mock.patch("services.shared.pictures.urls.signing_key", wraps=signing_key) as signed:
        assert feed_page(18)
    assert signed.call_count == 1

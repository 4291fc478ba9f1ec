"""A browser shows the pictures of the API in a page of another origin: `<img>` alone, without a token (A2, C13, C29)."""

from __future__ import annotations

import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image as Pillow

from demo.client import Client
from demo.pictures import dawn
from infra.cloud import Cloud
from services.circles.adapters.picture_urls import Period, PresignedUrls
from services.circles.settings import settings
from tests.browser.browser import Browser, Loaded
from tests.support.deployed_circle import build_deployed_fixture

pytestmark = pytest.mark.cloud

SIZES = {"PNG": (640, 400), "JPEG": (200, 500), "WEBP": (300, 200)}  # larger than a thumbnail, upright, smaller


def encode(size: tuple[int, int], format: str, warmth: int = 0) -> bytes:
    output = io.BytesIO()
    Pillow.open(io.BytesIO(dawn(*size, warmth))).convert("RGB").save(output, format)
    return output.getvalue()


@dataclass
class Shown:
    """A circle with pictures. member: reads the note. note, avatar, cover: as the API returned them to the member."""

    cloud: Cloud
    owner: Client
    member: Client
    path: str
    note: dict[str, Any]
    listed: dict[str, Any]
    avatar: dict[str, Any]
    cover: dict[str, Any]


@pytest.fixture(scope="module")
def shown(deployed: Cloud) -> Shown:
    fixture = build_deployed_fixture(deployed, guests=1)
    owner, (member,), path = fixture.clients["lin"], fixture.guests, fixture.path
    fixture.add_members([member])
    circle_id = path.rpartition("/")[2]
    pictures = [
        owner.api.upload_picture(circle_id, encode(size, format), f"image/{format.lower()}") for format, size in SIZES.items()
    ]
    note_id = owner.call("POST", f"{path}/notes", {"text": "清晨的芦苇荡。", "pictures": pictures}, expect=201)["note_id"]
    cover = owner.api.upload_picture(circle_id, encode((500, 300), "PNG", 60), "image/png")
    owner.call("PATCH", path, {"cover": cover}, etag=owner.call("GET", path)["etag"])
    avatar = owner.api.upload_avatar(encode((480, 400), "PNG", 90), "image/png")
    owner.call("PATCH", "/me", {"avatar": avatar}, etag=owner.call("GET", "/me")["etag"])
    return Shown(
        deployed,
        owner,
        member,
        path,
        note=member.call("GET", f"{path}/notes/{note_id}"),
        listed=member.call("GET", f"{path}/notes")["items"][0],
        avatar=member.call("GET", f"{path}/people?ids={owner.user_id}")["people"][owner.user_id]["avatar"],
        cover=member.call("GET", path)["cover"],
    )


def page(addresses: Mapping[str, str], attributes: str = "") -> str:
    """Return a page with an `<img>` for each address, and nothing else that loads."""
    images = "".join(
        f'<figure><img id="{name}" {attributes} src="{html.escape(url)}"><figcaption>{name}</figcaption></figure>'
        for name, url in addresses.items()
    )
    style = "figure{display:inline-block;margin:8px} img{max-height:180px;border:1px solid #999}"
    return f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>{style}</style>{images}'


def thumbnail(size: tuple[int, int]) -> tuple[int, int]:
    longest = max(*size, settings().thumbnail_pixels)
    return tuple(round(side * settings().thumbnail_pixels / longest) for side in size)  # type: ignore[return-value]


def requests_of(loaded: Loaded, cloud: Cloud) -> list[dict[str, Any]]:
    return [request for request in loaded.requests if request["url"].startswith(cloud.endpoint)]


def test_c13_a_browser_shows_every_picture_in_the_size_that_the_api_states(browser: Browser, shown: Shown) -> None:
    pictures = shown.note["pictures"]
    sizes = [(picture["width"], picture["height"]) for picture in pictures]
    assert sizes == [*SIZES.values()]
    addresses, expected = {}, {}
    for index, (picture, size) in enumerate(zip(pictures, sizes, strict=True)):
        addresses |= {f"picture-{index}": picture["url"], f"thumbnail-{index}": picture["thumbnail_url"]}
        expected |= {f"picture-{index}": size, f"thumbnail-{index}": thumbnail(size)}
    addresses |= {"cover": shown.cover["url"], "cover-thumbnail": shown.cover["thumbnail_url"], "avatar": shown.avatar["url"]}
    expected |= {"cover": (500, 300), "cover-thumbnail": thumbnail((500, 300))}
    expected |= {"avatar": (settings().avatar_pixels, settings().avatar_pixels)}
    loaded = browser.load(page(addresses), "pictures")
    assert {name: loaded.size_of(name) for name in addresses} == expected
    assert loaded.messages == []
    assert [picture["thumbnail_url"] for picture in shown.listed["pictures"]] == [
        picture["thumbnail_url"] for picture in pictures
    ], "the feed has the same addresses, so the browser loads each once"
    requests = requests_of(loaded, shown.cloud)
    assert {request["url"] for request in requests} == set(addresses.values())
    for request in requests:
        assert (request["method"], request["status"]) == ("GET", 200)
        assert not {"authorization", "cookie"} & set(request["headers"])

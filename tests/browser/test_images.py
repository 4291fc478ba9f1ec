"""A browser shows the pictures of the API in a page of another origin: `<img>` alone, without a token (A2, C13, C29)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image as Pillow

from demo.client import Client, wait_until
from demo.pictures import dawn
from demo.scenario import EVENT_TIMEOUT_SECONDS
from infra.cloud import Cloud
from services.circles.settings import settings
from services.shared.pictures.urls import STEP, Period, PresignedUrls
from tests.browser.browser import Browser, Loaded
from tests.browser.pages import page_of
from tests.support.deployed_circle import build_deployed_fixture

pytestmark = pytest.mark.cloud

SIZES = {"PNG": (640, 400), "JPEG": (200, 500), "WEBP": (300, 200)}  # larger than a thumbnail, upright, smaller


def encode(size: tuple[int, int], kind: str, warmth: int = 0) -> bytes:
    output = io.BytesIO()
    Pillow.open(io.BytesIO(dawn(*size, warmth))).convert("RGB").save(output, kind)
    return output.getvalue()


@dataclass
class Shown:
    """A circle with pictures. member: reads the note. note, message, avatar, cover: as the API returned them to the member."""

    cloud: Cloud
    owner: Client
    member: Client
    path: str
    note: dict[str, Any]
    message: dict[str, Any]
    avatar: dict[str, Any]
    cover: dict[str, Any]


@pytest.fixture(scope="module")
def shown(deployed: Cloud) -> Shown:
    fixture = build_deployed_fixture(deployed, guests=1)
    owner, (member,), path = fixture.clients["lin"], fixture.guests, fixture.path
    fixture.add_members([member])
    circle_id = path.rpartition("/")[2]
    pictures = [
        owner.api.upload_picture(circle_id, encode(size, kind), f"image/{kind.lower()}") for kind, size in SIZES.items()
    ]
    note_id = owner.call("POST", f"{path}/notes", {"text": "清晨的芦苇荡。", "pictures": pictures}, expect=201)["note_id"]
    cover = owner.api.upload_picture(circle_id, encode((500, 300), "PNG", 60), "image/png")
    owner.call("PATCH", path, {"cover": cover}, etag=owner.call("GET", path)["etag"])
    avatar = owner.api.upload_avatar(encode((480, 400), "PNG", 90), "image/png")
    owner.call("PATCH", "/me", {"avatar": avatar}, etag=owner.call("GET", "/me")["etag"])
    room_id = fixture.room.rpartition("/")[2]
    sent = owner.api.upload_picture(circle_id, encode((420, 280), "PNG", 120), "image/png", room_id=room_id)
    body = {"client_msg_id": "picture-0001", "after_seq": 0, "text": "", "pictures": [sent]}
    owner.call("POST", f"{fixture.room}/messages", body, expect=201)
    return Shown(
        deployed,
        owner,
        member,
        path,
        note=member.call("GET", f"{path}/notes/{note_id}"),
        message=member.call("GET", f"{fixture.room}/messages?limit=1")["items"][0],
        avatar=wait_until(lambda: find_avatar(member, path, owner.user_id), EVENT_TIMEOUT_SECONDS, "the avatar"),
        cover=member.call("GET", path)["cover"],
    )


def find_avatar(member: Client, path: str, user_id: str) -> dict[str, Any] | None:
    """Return the avatar of a user as the circle shows it; None until the circle has its copy of the profile."""
    avatar: dict[str, Any] | None = member.call("GET", f"{path}/people?ids={user_id}")["people"][user_id]["avatar"]
    return avatar


def thumbnail(size: tuple[int, int]) -> tuple[int, int]:
    longest = max(*size, settings().thumbnail_pixels)
    return tuple(round(side * settings().thumbnail_pixels / longest) for side in size)  # type: ignore[return-value]


def requests_of(loaded: Loaded, cloud: Cloud) -> list[dict[str, Any]]:
    return [request for request in loaded.requests if request["url"].startswith(cloud.endpoint)]


def test_c13_a_browser_shows_every_picture_in_the_size_that_the_api_states(browser: Browser, shown: Shown) -> None:
    pictures = shown.note["pictures"]
    sizes = [(picture["width"], picture["height"]) for picture in pictures]
    assert sizes == [*SIZES.values()]
    addresses: dict[str, str] = {}
    expected: dict[str, tuple[int, int]] = {}
    for index, (picture, size) in enumerate(zip(pictures, sizes, strict=True)):
        addresses |= {f"picture-{index}": picture["url"], f"thumbnail-{index}": picture["thumbnail_url"]}
        expected |= {f"picture-{index}": size, f"thumbnail-{index}": thumbnail(size)}
    (in_room,) = shown.message["pictures"]
    addresses |= {"message": in_room["url"], "message-thumbnail": in_room["thumbnail_url"]}
    expected |= {"message": (420, 280), "message-thumbnail": thumbnail((420, 280))}
    addresses |= {"cover": shown.cover["url"], "cover-thumbnail": shown.cover["thumbnail_url"], "avatar": shown.avatar["url"]}
    expected |= {"cover": (500, 300), "cover-thumbnail": thumbnail((500, 300))}
    expected |= {"avatar": (settings().avatar_pixels, settings().avatar_pixels)}
    loaded = browser.load(page_of(addresses), "pictures")
    assert {name: loaded.size_of(name) for name in addresses} == expected
    assert loaded.messages == []
    requests = requests_of(loaded, shown.cloud)
    assert {request["url"] for request in requests} == set(addresses.values())
    for request in requests:
        assert (request["method"], request["status"]) == ("GET", 200)
        assert not {"authorization", "cookie"} & set(request["headers"])


def test_c13_a_page_of_another_origin_reads_the_pixels_of_a_picture(browser: Browser, shown: Shown) -> None:
    """As an app does that crops a picture or draws on it: `crossorigin` asks the bucket for leave."""
    urls = {"png": shown.note["pictures"][0]["url"]}
    loaded = browser.load(page_of(urls, 'crossorigin="anonymous"'), "pixels")
    width, height = SIZES["PNG"]
    middle = Pillow.open(io.BytesIO(dawn(width, height))).getpixel((width // 2, height // 2))
    assert tuple(loaded.images["png"].pixel or ()) == middle
    assert loaded.messages == []


APP = """<!doctype html><link rel="icon" href="data:,"><img id="first"><script type="module">
const headers = { authorization: "Bearer TOKEN", "x-correlation-id": "browser-test" };
const response = await fetch("ADDRESS", { headers });
document.querySelector("img").src = (await response.json()).pictures[0].thumbnail_url;
</script>"""


def test_c13_an_app_reads_a_note_with_its_token_and_gives_the_token_to_no_picture(browser: Browser, shown: Shown) -> None:
    address = f"{shown.cloud.url}{shown.path}/notes/{shown.note['note_id']}"
    loaded = browser.load(APP.replace("TOKEN", shown.member.token).replace("ADDRESS", address), "app")
    assert loaded.size_of("first") == thumbnail(SIZES["PNG"])
    assert loaded.messages == []
    bucket = {request["url"]: request["headers"] for request in requests_of(loaded, shown.cloud) if request["url"] != address}
    assert len(bucket) == 1
    assert "authorization" not in next(iter(bucket.values()))
    assert shown.member.token not in str(bucket)


def test_c13_an_address_that_ended_or_was_altered_shows_nothing(browser: Browser, shown: Shown) -> None:
    urls = [picture["url"] for picture in shown.note["pictures"]]
    path, _, query = urls[0].partition("?")
    current, ended = addresses_by_age(shown.cloud, urls[0])
    dead = {
        "ended": ended,
        "longer": urls[0].replace("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        "unsigned": path,
        "other-picture": f"{urls[1].partition('?')[0]}?{query}",
        "upload": urls[0].replace("/shown/", "/raw/"),
        "signature": urls[0][:-1] + ("0" if urls[0][-1] != "0" else "1"),
    }
    assert not set(dead.values()) & set(urls)
    loaded = browser.load(page_of({**dead, "alive": urls[0], "current": current}), "dead-addresses")
    assert {name: loaded.size_of(name) for name in dead} == dict.fromkeys(dead, (0, 0))
    assert {image.complete for image in loaded.images.values()} == {True}
    assert loaded.size_of("alive") == loaded.size_of("current") == SIZES["PNG"]
    assert {httpx.get(url, timeout=20).status_code for url in dead.values()} == {403}


def addresses_by_age(cloud: Cloud, url: str) -> tuple[str, str]:
    """Return addresses of the same picture, signed here: of the running period, and of one that has ended.

    No test waits for an end, because `picture_url_lifetime` is 6 minutes at least.
    """
    bucket, _, object_key = urlsplit(url).path.lstrip("/").partition("/")
    urls, now, lifetime = PresignedUrls(bucket, partial(cloud.client, "s3")), datetime.now(UTC), settings().picture_url_lifetime
    current, ended = (urls.get_url("", object_key, Period.of(at, lifetime)) for at in (now, now - lifetime - STEP))
    return current, ended


def test_c13_the_addresses_of_a_kicked_member_end_with_their_period(browser: Browser, shown: Shown) -> None:
    """Last in this module, because it ends the membership."""
    note = shown.member.call("GET", f"{shown.path}/notes/{shown.note['note_id']}")
    body = {"kind": "kick", "reason": "多次公布巢址。"}
    shown.owner.call("POST", f"{shown.path}/members/{shown.member.user_id}/sanctions", body)
    shown.member.call("GET", f"{shown.path}/notes/{note['note_id']}", expect=404)
    picture = note["pictures"][0]
    ends_at = datetime.fromisoformat(picture["expires_at"])
    assert timedelta() < ends_at - datetime.now(UTC) <= settings().picture_url_lifetime
    current, ended = addresses_by_age(shown.cloud, picture["url"])
    loaded = browser.load(page_of({"given": picture["url"], "current": current, "ended": ended}), "kicked")
    assert loaded.size_of("given") == loaded.size_of("current") == SIZES["PNG"]
    assert loaded.size_of("ended") == (0, 0)
    query = dict(pair.split("=") for pair in urlsplit(picture["url"]).query.split("&"))
    starts_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert starts_at + timedelta(seconds=int(query["X-Amz-Expires"])) == ends_at, "the bucket ends what the API says"

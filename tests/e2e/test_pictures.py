"""C13: what a browser gets at the address of a picture on the laptop cloud, without any header of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from demo.client import BROWSER_HEADERS
from demo.pictures import dawn
from infra.cloud import Cloud
from services.shared.pictures.bucket import Bucket
from services.shared.pictures.urls import Period, PresignedUrls

pytestmark = pytest.mark.cloud

CIRCLE, LIFETIME = "cir_01K3ZKXB4M8Q2V5T7W9Y1A3C5E", timedelta(minutes=10)
SHOWN, UPLOAD = f"shown/{CIRCLE}/mei/pic_1", f"raw/{CIRCLE}/mei/pic_1"


@pytest.fixture(scope="module")
def urls(deployed: Cloud) -> PresignedUrls:
    s3 = deployed.client("s3")
    (name,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "-pictures-" in one["Name"]]
    bucket = Bucket(name, "000000000000", lambda: s3)
    for object_key in (SHOWN, UPLOAD):
        bucket.put_if_absent(object_key, "image/png", dawn())
    return PresignedUrls(name, lambda: s3)


def load(url: str) -> httpx.Response:
    return httpx.get(url, headers=BROWSER_HEADERS, timeout=20)


def test_a_browser_loads_a_picture_and_a_page_of_another_origin_can_read_it(urls: PresignedUrls) -> None:
    response = load(urls.get_url(CIRCLE, SHOWN, Period.of(datetime.now(UTC), LIFETIME)))
    assert (response.status_code, response.content) == (200, dawn())
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "private, max-age=900, immutable"
    assert response.headers["access-control-allow-origin"] in ("*", BROWSER_HEADERS["origin"])


def test_an_address_is_dead_after_its_end_and_loads_nothing_else(urls: PresignedUrls) -> None:
    now = datetime.now(UTC)
    old = urls.get_url(CIRCLE, SHOWN, Period.of(now - timedelta(minutes=15), LIFETIME))
    assert load(old).status_code == 403
    current = urls.get_url(CIRCLE, SHOWN, Period.of(now, LIFETIME))
    later = current.replace("X-Amz-Expires=600", "X-Amz-Expires=6000")
    unsigned = current.partition("?")[0]
    for url in (later, current.replace("shown/", "raw/"), unsigned):
        assert load(url).status_code == 403

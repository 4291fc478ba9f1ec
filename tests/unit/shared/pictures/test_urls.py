"""The addresses of pictures: both adapters keep one contract, and what each network checks of a request holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from infra.deploy import public_key
from services.shared.pictures.urls import CdnUrls, Period, PictureUrls, PresignedUrls, signing_key
from services.shared.security.keys import KeyRing

NOW, LIFETIME = datetime(2026, 8, 3, 12, 3, 20, tzinfo=UTC), timedelta(minutes=10)
PERIOD = Period.of(NOW, LIFETIME)
SECRET = hashlib.sha256(b"pictures").digest()
CIRCLE, OTHER = "cir_01K3ZKXB4M8Q2V5T7W9Y1A3C5E", "cir_01K3ZKXB4M8Q2V5T7W9Y1A3C5F"
THUMB = f"thumb/{CIRCLE}/mei/pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"


@dataclass(frozen=True)
class Network:
    """An adapter, and whether what it leads to would load an address at a time."""

    make: Callable[[], PictureUrls]
    loads: Callable[[str, datetime], bool]

    @property
    def urls(self) -> PictureUrls:
        """The adapter as a new function makes it."""
        return self.make()


def decoded(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"))


def cdn_loads(url: str, at: datetime) -> bool:
    """Return what CloudFront decides, by its documentation: the signature of the policy, its resource, and its end."""
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    policy = decoded(query["Policy"])
    key = signing_key(SECRET).public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    try:
        key.verify(decoded(query["Signature"]), policy, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    (statement,) = json.loads(policy)["Statement"]
    ends_at = statement["Condition"]["DateLessThan"]["AWS:EpochTime"]
    is_known = (query["Key-Pair-Id"], query["Hash-Algorithm"]) == ("KTEST", "SHA256")
    return is_known and fnmatchcase(url.partition("?")[0], statement["Resource"]) and at.timestamp() < ends_at


def bucket_loads(url: str, at: datetime) -> bool:
    """Return what S3 decides: the same signature over the same request, and its end."""
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    dated = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    request = AWSRequest("GET", url.partition("?")[0])
    credentials: Any = boto3.Session().get_credentials()
    with mock.patch("botocore.auth.get_current_datetime", return_value=dated):
        S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=int(query["X-Amz-Expires"])).add_auth(request)
    signed = parse_qs(urlsplit(str(request.url)).query)["X-Amz-Signature"] == [query["X-Amz-Signature"]]
    assert query["X-Amz-SignedHeaders"] == "host", "a browser sends no other header"
    return signed and dated <= at < dated + timedelta(seconds=int(query["X-Amz-Expires"]))


@pytest.fixture(params=["cdn", "presigned"])
def network(request: pytest.FixtureRequest) -> Network:
    if request.param == "cdn":
        return Network(lambda: CdnUrls("pictures.example", "KTEST", KeyRing("k1", {"k1": SECRET})), cdn_loads)
    s3 = boto3.client("s3", region_name="us-east-1", config=Config(signature_version="s3v4"))
    return Network(lambda: PresignedUrls("pictures", lambda: s3), bucket_loads)


def test_c13_an_address_loads_its_picture_until_its_end(network: Network) -> None:
    url = network.urls.get_url(CIRCLE, THUMB, PERIOD)
    assert urlsplit(url).scheme == "https"
    assert urlsplit(url).path == f"/{THUMB}"
    for at, loads in [(NOW, True), (PERIOD.ends_at - timedelta(seconds=1), True), (PERIOD.ends_at, False)]:
        assert network.loads(url, at) is loads
    assert not network.loads(url, NOW + timedelta(minutes=15))


def test_c13_all_members_get_the_same_address_for_5_minutes(network: Network) -> None:
    def url_at(at: datetime) -> str:
        return network.urls.get_url(CIRCLE, THUMB, Period.of(at, LIFETIME))

    start = datetime(2026, 8, 3, 12, 0, tzinfo=UTC)
    first = url_at(start)
    assert url_at(start + timedelta(minutes=4, seconds=59)) == first, "also from another function"
    assert url_at(start + timedelta(minutes=5)) != first
    assert url_at(start - timedelta(seconds=1)) != first


@pytest.mark.parametrize("change", [(CIRCLE, OTHER), ("thumb", "raw"), ("Signature=", "Signature=AAAA")])
def test_c13_a_changed_address_loads_nothing(network: Network, change: tuple[str, str]) -> None:
    url = network.urls.get_url(CIRCLE, THUMB, PERIOD)
    before, after = change
    changed = url.replace(before, after, 1)
    if before == "thumb" and isinstance(network.urls, CdnUrls):
        return  # the policy of the bucket gives the network no other folder: tests/infra/test_templates.py
    assert not network.loads(changed, NOW)


def test_c13_the_network_signs_once_per_circle_and_period() -> None:
    """One signature covers all pictures of a circle, and none of another one."""
    ring = mock.Mock(newest=SECRET)
    urls = CdnUrls("pictures.example", "KTEST", ring)
    with mock.patch("services.shared.pictures.urls.signing_key", wraps=signing_key) as signed:
        for number in range(90):
            for circle_id in (CIRCLE, OTHER):
                url = urls.get_url(circle_id, f"thumb/{circle_id}/mei/pic_{number}", PERIOD)
                assert cdn_loads(url, NOW)
    assert signed.call_count == 2
    assert len(url) < 520, "bytes of an address"


def test_c13_the_deploy_gives_the_network_the_public_key_of_the_ring() -> None:
    ring = json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(SECRET).decode()}})
    ssm = mock.Mock()
    ssm.get_parameter.return_value = {"Parameter": {"Value": ring}}
    pem = public_key(ssm, "prod", "circles")
    assert ssm.get_parameter.call_args.kwargs == {"Name": "/coterie/prod/circles/keys/pictures", "WithDecryption": True}
    loaded = load_pem_public_key(pem.encode())
    assert isinstance(loaded, EllipticCurvePublicKey)
    assert loaded.public_numbers() == signing_key(SECRET).public_key().public_numbers()
    assert loaded.curve.name == "secp256r1"

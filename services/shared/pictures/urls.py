"""The addresses of pictures, which an <img> loads without a token, until a time that all of a response share.

Two adapters: addresses of the content delivery network, and presigned requests of the bucket where there is no such network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.signers import CloudFrontSigner

from services.shared.security.keys import KeyRing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# All members get the same addresses for so long, so that caches between them and the bucket have one copy.
STEP = timedelta(minutes=5)
MAX_SIGNATURES = 1000  # of circles, that a warm function remembers


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which an address loads its picture. starts_at: rounded down, so that it is the same for all members."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, at: datetime, lifetime: timedelta) -> Period:
        """Return the period that the addresses given at this time have: `lifetime` from the start of the 5 minutes."""
        starts_at = datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)
        return cls(starts_at, starts_at + lifetime)


class PictureUrls(Protocol):
    def get_url(self, scope: str, object_key: str, period: Period) -> str:
        """Return an address of a picture, which loads it until the period ends.

        scope: the folder whose pictures are given to the same users: a circle.
        """


class CdnUrls:
    """Addresses of a CloudFront distribution. One signature covers all pictures of a circle, so it is made once per period.

    The key is an ECDSA one: its signature has 96 characters, that of an RSA key has 344, and it takes a third of the time.
    """

    def __init__(self, domain: str, key_id: str, keys: KeyRing) -> None:
        self._domain, self._key_id, self._keys = domain, key_id, keys
        self._query = lru_cache(maxsize=MAX_SIGNATURES)(self._sign)

    def get_url(self, scope: str, object_key: str, period: Period) -> str:
        return f"https://{self._domain}/{object_key}{self._query(scope, period.ends_at)}"

    def _sign(self, scope: str, ends_at: datetime) -> str:
        """Return the query that loads every picture of a scope. The bucket's policy gives the network no other folder."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # 40 ms of import, where an address is given
        from cryptography.hazmat.primitives.hashes import SHA256

        # Without a random number, so that all functions make the same address.
        algorithm, key = ECDSA(SHA256(), deterministic_signing=True), signing_key(self._keys.newest)
        signer = CloudFrontSigner(self._key_id, lambda policy: key.sign(policy, algorithm))
        policy = signer.build_policy(f"https://{self._domain}/*/{scope}/*", ends_at)
        return f"{signer.generate_presigned_url('', policy=policy)}&Hash-Algorithm=SHA256"


def signing_key(secret: bytes) -> Any:
    """Return the private key that the secret of a key ring stands for: a P-256 key, whose number the secret is."""
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = ec.SECP256R1()
    return ec.derive_private_key(int.from_bytes(secret) % (curve.group_order - 1) + 1, curve)


class PresignedUrls:
    """Presigned GET requests of the bucket, dated at the start of their period, so that they are the same for all members.

    No header but the host is signed, because a browser sends no other one.
    """

    def __init__(self, bucket: str, new_client: Callable[[], S3Client]) -> None:
        self._bucket, self._new_client = bucket, new_client

    @cached_property
    def _s3(self) -> S3Client:
        return self._new_client()

    @cached_property
    def _bucket_url(self) -> str:
        url = self._s3.generate_presigned_url("get_object", Params={"Bucket": self._bucket, "Key": "-"})
        return url.partition("?")[0].removesuffix("-")

    @cached_property
    def _credentials(self) -> Any:
        return boto3.Session().get_credentials()

    def get_url(self, scope: str, object_key: str, period: Period) -> str:
        request = AWSRequest("GET", self._bucket_url + object_key)
        _DatedAuth(self._credentials, self._s3.meta.region_name, period).add_auth(request)
        return str(request.url)


class _DatedAuth(S3SigV4QueryAuth):
    """The query signature of S3, dated at the start of a period. That of the library is always dated now."""

    def __init__(self, credentials: Any, region: str, period: Period) -> None:
        seconds = int((period.ends_at - period.starts_at).total_seconds())
        super().__init__(credentials, "s3", region, expires=seconds)
        self._starts_at = period.starts_at

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._starts_at.strftime(SIGV4_TIMESTAMP)
        auth: Any = self  # the stubs of the library leave out the steps of a signature
        auth._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        auth._inject_signature_to_request(request, self.signature(text, request))

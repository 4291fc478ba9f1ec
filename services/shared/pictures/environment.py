"""The environment of a function of a service that has pictures, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from services.shared.kernel.environment import Environment, NonEmpty
from services.shared.pictures.urls import CdnUrls, PictureUrls, PresignedUrls
from services.shared.security.keys import KeyRing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class PictureEnvironment(Environment):
    """What the environment of every function of such a service contains; the service adds its own.

    pictures_bucket: name of the bucket of pictures.
    pictures_domain, pictures_key_id: of the content delivery network before that bucket; empty where there is none, and in a
        function that gives no addresses of pictures.
    evidence_bucket: name of the platform's bucket of reported pictures; empty in a function that reads none.
    picture_queue: address of the queue of uploads; empty in a function other than the picture worker.
    """

    pictures_bucket: NonEmpty
    pictures_domain: str = ""
    pictures_key_id: str = ""
    evidence_bucket: str = ""
    picture_queue: str = ""

    def picture_urls(self, keys: KeyRing, new_client: Callable[[], S3Client]) -> PictureUrls:
        """Return the addresses of the content delivery network or, where there is none, of the bucket."""
        if self.pictures_domain:
            return CdnUrls(self.pictures_domain, self.pictures_key_id, keys)
        return PresignedUrls(self.pictures_bucket, new_client)

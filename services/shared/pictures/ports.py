"""The ports that the functions of this package depend on."""

from __future__ import annotations

from typing import Protocol

from services.shared.pictures.bucket import Bucket
from services.shared.pictures.urls import PictureUrls
from services.shared.table.port import HasTable


class HasPictures(HasTable, Protocol):
    """pictures: the bucket of pictures. picture_urls: the addresses that they are loaded from."""

    @property
    def pictures(self) -> Bucket: ...

    @property
    def picture_urls(self) -> PictureUrls: ...

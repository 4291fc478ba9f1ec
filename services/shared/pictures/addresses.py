"""The addresses of the pictures of one response."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.pictures.files import SHOWN, THUMB, picture_object_key
from services.shared.pictures.ports import HasPictures
from services.shared.pictures.settings import PictureSettings
from services.shared.pictures.urls import Period, PictureUrls


@dataclass(frozen=True, slots=True)
class PictureAddresses:
    """Where a response loads its pictures from. All addresses have the same end."""

    urls: PictureUrls
    period: Period

    def url(self, scope: str, author: str, picture_id: str) -> str:
        return self._url(SHOWN, scope, author, picture_id)

    def thumbnail_url(self, scope: str, author: str, picture_id: str) -> str:
        return self._url(THUMB, scope, author, picture_id)

    def _url(self, folder: str, scope: str, author: str, picture_id: str) -> str:
        return self.urls.get_url(scope, picture_object_key(folder, scope, author, picture_id), self.period)


def current_period(ports: HasPictures, settings: PictureSettings) -> Period:
    """Return the time in which the addresses of a response load their pictures."""
    return Period.of(ports.clock(), settings.picture_url_lifetime)

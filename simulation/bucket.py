"""The stand-in of a bucket: of pictures, evidence or data exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.shared.pictures.bucket import File, Upload
from services.shared.pictures.urls import Period


class FakeBucket:
    """A bucket that keeps what is put, by object_key."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}

    def create_upload(self, object_key: str, type: str, size: int, lifetime: timedelta) -> Upload:
        return Upload("https://bucket.example", {"key": object_key, "Content-Type": type})

    def exists(self, object_key: str) -> bool:
        return object_key in self.files

    def find(self, object_key: str) -> File | None:
        return File(*self.files[object_key]) if object_key in self.files else None

    def put(self, object_key: str, type: str, data: bytes) -> None:
        self.files[object_key] = (type, data)

    def put_if_absent(self, object_key: str, type: str, data: bytes) -> None:
        self.files.setdefault(object_key, (type, data))

    def delete(self, object_key: str) -> None:
        self.files.pop(object_key, None)

    def copy(self, object_key: str, to: str, into: FakeBucket | None = None) -> None:
        if object_key in self.files:
            (into or self).files[to] = self.files[object_key]

    def delete_page(self, prefix: str) -> int:
        found = [object_key for object_key in self.files if object_key.startswith(prefix)][:2]
        for object_key in found:
            del self.files[object_key]
        return len(found)

    def iter_keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(object_key for object_key in self.files if object_key.startswith(prefix)))

    def get_url(self, object_key: str, type: str, seconds: int) -> str:
        return f"https://bucket.example/{object_key}?for={seconds}"


class FakePictureUrls:
    """Addresses of pictures that name their file and their end."""

    def get_url(self, scope: str, object_key: str, period: Period) -> str:
        return f"https://pictures.example/{object_key}?until={period.ends_at:%H:%M}"


class FakeEvidenceUrls:
    """The bucket of evidence as review uses it."""

    def get_url(self, object_key: str, seconds: int) -> str:
        return f"https://evidence.example/{object_key}?for={seconds}"

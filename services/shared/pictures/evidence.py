"""Pictures as evidence of a report: copies in the platform's bucket of evidence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

from services.shared.pictures.bucket import Bucket
from services.shared.pictures.files import SHOWN, picture_object_key
from services.shared.pictures.ports import HasPictures


class HasEvidence(HasPictures, Protocol):
    @property
    def evidence(self) -> Bucket: ...


class ReportedPictures(NamedTuple):
    """The pictures of what is reported, of one author. scope: what they were uploaded to."""

    scope: str
    author: str
    ids: tuple[str, ...]

    def evidence(self, ports: HasEvidence, service: str, subject_id: str) -> tuple[dict[str, Any], Callable[[], None]]:
        """Return what the evidence names, and what copies the files there.

        The folder has the month, because evidence expires some months after it was copied: a later report copies it again.
        """
        folder = f"{service}/{ports.clock():%Y-%m}/{subject_id}"
        named = {"pictures": list(self.ids), **({"picture_folder": folder} if self.ids else {})}
        return named, partial(self._copy, ports, folder)

    def _copy(self, ports: HasEvidence, folder: str) -> None:
        """Copy the pictures to this folder of the evidence. Unchanged if they are there.

        The copies are made in order, so the last one proves them all: a report that crashed before is completed by the next.
        """
        if self.ids and not ports.evidence.exists(f"{folder}/{self.ids[-1]}"):
            for picture_id in self.ids:
                shown = picture_object_key(SHOWN, self.scope, self.author, picture_id)
                ports.pictures.copy(shown, f"{folder}/{picture_id}", into=ports.evidence)

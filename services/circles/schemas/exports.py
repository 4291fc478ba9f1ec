"""Data exports."""

from __future__ import annotations

from typing import Any

from services.circles.domain.export import Export, ExportKind, ExportState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment


class ExportRequest(RequestModel):
    """What to export: the caller's own data from all services, or the whole circle (its owner only)."""

    kind: ExportKind = ExportKind.OWN


class PartResponse(ResponseModel):
    """One file of an export, with the service that wrote it, its number of JSON lines and the SHA-256 of its bytes."""

    service: str
    name: str
    lines: int
    sha256: str


class ExportProgressResponse(ResponseModel):
    """The progress of a data export. Once it is ready, file 0 is the manifest and file n the n-th part."""

    export_id: str
    state: ExportState
    percent: int
    pictures: int
    waiting_for: list[str]
    parts: list[PartResponse]
    created_at: Moment
    ready_at: Moment | None

    @staticmethod
    def fields_of(export: Export) -> dict[str, Any]:
        return {
            "export_id": export.id,
            "state": export.state,
            "percent": export.percent,
            "pictures": export.pictures,
            "waiting_for": list(export.waiting_for),
            "parts": [PartResponse.model_validate(part, from_attributes=True) for part in export.parts],
            "created_at": export.created_at,
            "ready_at": export.ready_at,
        }


class ExportResponse(ExportProgressResponse):
    """A data export of a circle.

    waiting_for: the services whose parts have not arrived.
    """

    circle_id: str
    kind: ExportKind

    @classmethod
    def of(cls, export: Export) -> ExportResponse:
        return cls(circle_id=export.circle_id, kind=export.kind, **cls.fields_of(export))


class AccountExportResponse(ExportProgressResponse):
    """A data export of an account, with its progress."""

    missing: list[str]

    @classmethod
    def of(cls, export: Export) -> AccountExportResponse:
        return cls(missing=list(export.missing), **cls.fields_of(export))

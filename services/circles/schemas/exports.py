"""Data exports."""

from __future__ import annotations

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


class ExportResponse(ResponseModel):
    """A data export with its progress. Once it is ready, file 0 is the manifest and file n the n-th part.

    waiting_for: the services whose parts have not arrived.
    """

    export_id: str
    circle_id: str
    kind: ExportKind
    state: ExportState
    percent: int
    pictures: int
    waiting_for: list[str]
    parts: list[PartResponse]
    created_at: Moment
    ready_at: Moment | None

    @classmethod
    def of(cls, export: Export) -> ExportResponse:
        return cls(
            export_id=export.id,
            circle_id=export.circle_id,
            kind=export.kind,
            state=export.state,
            percent=export.percent,
            pictures=export.pictures,
            waiting_for=list(export.waiting_for),
            parts=[PartResponse.model_validate(part, from_attributes=True) for part in export.parts],
            created_at=export.created_at,
            ready_at=export.ready_at,
        )

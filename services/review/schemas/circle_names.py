"""Names of circles: as an applicant proposes one, and as an owner changes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from services.review.domain.tenure import Tenure
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Line


def _require_allowed(name: str) -> str:
    from services.shared.kernel.names.rules import require_allowed_name  # its patterns take 7 ms: no cold start loads them

    return require_allowed_name(name)


CircleName = Annotated[Line, AfterValidator(_require_allowed)]


class CircleNameRequest(RequestModel):
    """The new name of your circle."""

    name: CircleName


class CircleNameResponse(ResponseModel):
    """A circle with the name that it has now."""

    circle_id: str
    name: str

    @classmethod
    def of(cls, tenure: Tenure) -> CircleNameResponse:
        return cls(circle_id=tenure.circle_id, name=tenure.shown_name)

"""Tenures of owners, and their assessment by reviewers."""

from __future__ import annotations

from services.review.domain.tenure import AssessmentOutcome, Tenure, TenureState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class AssessmentRequest(RequestModel):
    """The outcome of an assessment, and the reviewer's note."""

    outcome: AssessmentOutcome
    note: Paragraph


class TenureStateResponse(ResponseModel):
    """The state of a tenure, for the reviewer who assesses it. Its owner is a separate, recorded read."""

    application_id: str
    state: TenureState
    due_at: Moment
    proposed: AssessmentOutcome | None

    @classmethod
    def of(cls, tenure: Tenure) -> TenureStateResponse:
        proposed = tenure.proposed.outcome if tenure.proposed else None
        return cls(application_id=tenure.application_id, state=tenure.state, due_at=tenure.due_at, proposed=proposed)


class TenureResponse(ResponseModel):
    """The tenure of an owner. `proposed` is an outcome that a second reviewer must confirm."""

    application_id: str
    owner: str
    circle_name: str
    state: TenureState
    due_at: Moment
    proposed: AssessmentOutcome | None

    @classmethod
    def of(cls, tenure: Tenure) -> TenureResponse:
        return cls(
            application_id=tenure.application_id,
            owner=tenure.owner,
            circle_name=tenure.circle_name,
            state=tenure.state,
            due_at=tenure.due_at,
            proposed=tenure.proposed.outcome if tenure.proposed else None,
        )

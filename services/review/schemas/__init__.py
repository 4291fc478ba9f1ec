"""The request and response models of the review API, one file per noun."""

from services.review.schemas.applications import (
    AppealRequest,
    ApplicationRequest,
    ApplicationResponse,
    CohortResponse,
    QuestionRequest,
    RealNameTokenRequest,
)
from services.review.schemas.cases import CaseDecisionRequest, CaseResponse, EvidencePictureResponse, ReportResponse
from services.review.schemas.decisions import (
    ApplicationStateResponse,
    DecisionRequest,
    DecisionResultsResponse,
    DecisionsRequest,
)
from services.review.schemas.operations import ChainVerificationResponse, MetricsResponse, MonthQuery
from services.review.schemas.review_queue import HandoverRequest, ReviewQueueEntry, ReviewQueueQuery
from services.review.schemas.sanctions import LiftRequest, ProposalRequest, SanctionRecordResponse, SanctionRequest
from services.review.schemas.successions import SuccessionRequest, SuccessionResponse
from services.review.schemas.tenures import AssessmentRequest, TenureResponse

"""The request and response models of the review API, one file per noun."""

from services.review.schemas.appeals import (
    AppealDecisionRequest,
    AppealEntry,
    AppealStateResponse,
    DecisionAppealRequest,
    OwnAccountStatusResponse,
    TakeDownResponse,
    UserAppealResponse,
)
from services.review.schemas.applications import (
    AppealRequest,
    ApplicationRequest,
    ApplicationResponse,
    CohortResponse,
    QuestionRequest,
    RealNameTokenRequest,
)
from services.review.schemas.cases import (
    CaseDecisionRequest,
    CaseEntry,
    CaseResponse,
    CaseStateResponse,
    EvidencePictureResponse,
    ReportResponse,
)
from services.review.schemas.circle_names import CircleNameRequest, CircleNameResponse
from services.review.schemas.decisions import (
    ApplicationStateResponse,
    DecisionRequest,
    DecisionResultsResponse,
    DecisionsRequest,
)
from services.review.schemas.disputes import (
    DisputeCaseEntry,
    DisputeCaseResponse,
    DisputeCaseStateResponse,
    RulingRequest,
    RulingResponse,
)
from services.review.schemas.operations import ChainVerificationResponse, MetricsResponse, MonthQuery
from services.review.schemas.product_metrics import ProductMetricResponse, ProductMetricsResponse
from services.review.schemas.records import ReadGrantRequest, ReadGrantResponse, UserRecordResponse
from services.review.schemas.review_queue import HandoverRequest, ReviewQueueEntry, ReviewQueueQuery
from services.review.schemas.sanctions import (
    LiftRequest,
    ProposalRequest,
    SanctionActResponse,
    SanctionRecordResponse,
    SanctionRequest,
)
from services.review.schemas.successions import SuccessionEntry, SuccessionRequest, SuccessionResponse, SuccessionStateResponse
from services.review.schemas.tenures import AssessmentRequest, TenureResponse, TenureStateResponse
from services.review.schemas.transparency import TransparencyResponse

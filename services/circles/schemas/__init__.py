"""Requests and responses of the API, one file per noun."""

from services.circles.schemas.campaigns import (
    CampaignConsentRequest,
    CampaignConsentResponse,
    CampaignRequest,
    CampaignResponse,
)
from services.circles.schemas.check_ins import CheckInsResponse, MakeUpRequest
from services.circles.schemas.circles import (
    CirclePageResponse,
    CircleResponse,
    CloseCircleRequest,
    ClosingResponse,
    UpdateCircleRequest,
)
from services.circles.schemas.comments import CommentRequest, CommentResponse, UpdateCommentRequest
from services.circles.schemas.deletion import DeletionRequest, DeletionResponse, ObstacleResponse
from services.circles.schemas.digests import DigestPreferenceRequest, DigestPreferenceResponse
from services.circles.schemas.exports import AccountExportResponse, ExportRequest, ExportResponse
from services.circles.schemas.guardrails import GuardrailsResponse
from services.circles.schemas.health import HealthResponse
from services.circles.schemas.members import (
    AcceptRoleRequest,
    BlockResponse,
    JoinCircleRequest,
    LeaveQuery,
    LiftSanctionRequest,
    MemberResponse,
    RoleProposalResponse,
    RoleRequest,
    SanctionRequest,
    SanctionResponse,
)
from services.circles.schemas.moderation_log import LogEntryResponse
from services.circles.schemas.notes import (
    DraftResponse,
    HighlightsQuery,
    NoteReportRequest,
    NoteRequest,
    NoteResponse,
    PostNoteRequest,
    RemovalRequest,
    RevisionResponse,
    UpdateNoteRequest,
)
from services.circles.schemas.ownership import OwnershipOfferRequest, OwnershipOfferResponse
from services.circles.schemas.passcodes import IssuedPasscodeResponse, PasscodeRequest, PasscodeResponse, RotationRequest
from services.circles.schemas.people import (
    AvatarResponse,
    ListedMemberResponse,
    MembersQuery,
    OwnMembershipResponse,
    PeopleQuery,
    PeopleResponse,
    PersonResponse,
    ProfileResponse,
    UpdateMembershipRequest,
    UpdateProfileRequest,
)
from services.circles.schemas.pictures import PictureRequest
from services.circles.schemas.reading_activity import ViewsRequest
from services.circles.schemas.recaps import RecapResponse
from services.circles.schemas.screening import AnswersRequest, PendingMemberResponse, ScreeningRequest, ScreeningResponse
from services.circles.schemas.staff import StaffProfileResponse, UserResponse, UsersQuery
from services.circles.schemas.tags import MergeRequest, TagCountsResponse, TagQuery, TagResponse
from services.circles.schemas.teasers import RequestToJoinRequest, TeaserRequest, TeaserResponse
from services.shared.http.pictures import UploadedPictureResponse, UploadResponse

"""The entities and rules of the circles service, without input or output."""

from services.circles.domain.attempts import PasscodeAttempts
from services.circles.domain.circle import Circle, CircleState
from services.circles.domain.comment import Comment
from services.circles.domain.member import Member, MemberState
from services.circles.domain.note import Content, Draft, Note, Pins, Revision
from services.circles.domain.page import CirclePage, CountVisibility, Cover
from services.circles.domain.passcode import Passcode, format_passcode, parse_passcode
from services.circles.domain.permissions import Action
from services.circles.domain.removal import ContentState
from services.circles.domain.role_proposals import RoleProposal
from services.circles.domain.roles import Role, Trust
from services.circles.domain.sanction import Sanction, SanctionKind
from services.circles.domain.screening import PendingStep, Screening
from services.shared.pictures.upload import Picture, PictureType, PictureUpload, UploadState

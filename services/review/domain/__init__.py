"""The entities and rules of the review service, without input or output."""

from services.review.domain.appeal import AppealKind, AppealOutcome, UserAppeal
from services.review.domain.applicant import Applicant, Profile
from services.review.domain.application import Application
from services.review.domain.case import Case, CaseOutcome, Report, ReportedRevision, ReportOutcome
from services.review.domain.claim import Claim, ClaimList
from services.review.domain.cohort import Cohort
from services.review.domain.connections import Connections
from services.review.domain.content import Appeal, Content, Decision, DecisionInput, Question, Reason, Reviewer
from services.review.domain.due import DueEntry
from services.review.domain.enrolment import Enrolment
from services.review.domain.identity import Statement
from services.review.domain.sanction import Sanction
from services.review.domain.sanction_record import SanctionRecord
from services.review.domain.states import TRANSITIONS, AppealState, ReviewQueue, State

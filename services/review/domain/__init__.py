"""Applications, seats, sanctions and cases. Pure: state and rules, no input or output."""

from services.review.domain.applicant import Applicant, Profile
from services.review.domain.application import Application
from services.review.domain.case import Case, Outcome
from services.review.domain.cohort import Cohort
from services.review.domain.content import Appeal, Claim, Content, Decision, Judgement, Question, Reason, Reviewer
from services.review.domain.identity import Statement
from services.review.domain.interest import Ties
from services.review.domain.sanction import Person, Sanction
from services.review.domain.states import APPROVALS_NEEDED, LEASE, TRANSITIONS, ReviewQueue, State

__all__ = [
    "APPROVALS_NEEDED",
    "LEASE",
    "TRANSITIONS",
    "Appeal",
    "Applicant",
    "Application",
    "Case",
    "Claim",
    "Cohort",
    "Content",
    "Decision",
    "Judgement",
    "Outcome",
    "Person",
    "Profile",
    "Question",
    "Reason",
    "ReviewQueue",
    "Reviewer",
    "Sanction",
    "State",
    "Statement",
    "Ties",
]

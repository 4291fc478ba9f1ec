"""What each role can do in the review service.

Conflicts of interest are a rule of their own, in `connections`.

applicant: creates, edits, submits, withdraws and appeals their own applications, and reads them in every state.
reviewer: a caller in the group `reviewer`, enrolled by an operator. Claims and decides applications, assesses owners,
    decides successions and cases, imposes, ratifies and lifts sanctions, and reads what these concern.
operator: enrols and dismisses reviewers, and reads submitted applications, audit chains and metrics. Decides nothing.
candidate: reads the succession that offers them a circle, and accepts it. The owner who offers it reads it.
"""

from __future__ import annotations

from services.review.domain.application import Application
from services.review.domain.content import Reviewer
from services.review.domain.states import State
from services.review.domain.succession import Succession
from services.shared.security.auth import Caller


def can_read_application(application: Application, caller: Caller, reviewer: Reviewer | None) -> bool:
    """Whether the caller can read another user's application. A draft exists for its applicant only."""
    return application.state is not State.DRAFT and (caller.is_operator or reviewer is not None)


def can_read_succession(succession: Succession, caller: Caller, reviewer: Reviewer | None) -> bool:
    return caller.user_id in (succession.candidate, succession.owner) or reviewer is not None

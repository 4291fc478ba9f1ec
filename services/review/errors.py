"""The errors of the review service. The shared ones are in services/shared/kernel/errors.py."""

from services.shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests
from services.shared.kernel.errors import ConflictOfInterest as ConflictOfInterest  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import ReadLimitReached as ReadLimitReached  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import ReviewerNotEnrolled as ReviewerNotEnrolled  # noqa: PLC0414 (exported)

# Applications and their review.


class ApplicationNotFound(NotFound):
    """The application does not exist, or the caller is not allowed to see it: one answer for both."""


class ApplicationNotOpen(Conflict):
    """The application's state does not allow this action. facts: `state`."""


class ResponsePeriodExpired(Conflict):
    """The applicant did not respond to the reviewer's question in time."""


class ApplicationChanged(Conflict):
    pass


class ApplicationAlreadyClaimed(Conflict):
    pass


class LeaseExpired(Conflict):
    """Also raised for a caller who never claimed the application."""


class ExtensionLimitReached(Conflict):
    pass


class LeaseLimitReached(TooManyRequests):
    """The reviewer's identity has had as many leases on this application as it can have. facts: `limit`."""


class ClaimLimitReached(TooManyRequests):
    """The reviewer's identity has claimed as many applications as it can at once. facts: `limit`."""


class EditLimitReached(Conflict):
    """The applicant has edited the submitted application as often as it can be edited. facts: `limit`."""


class SecondReviewerRequired(Forbidden):
    """The caller has already decided on this, perhaps under another user."""


class InformationRequestLimitReached(Conflict):
    pass


class ApplicationAlreadyAppealed(Conflict):
    pass


class AppealPeriodExpired(Conflict):
    pass


class TakeDownNotFound(NotFound):
    """There is no such take-down, or it is of another user's content: also of another user of the same person."""


class DecisionAlreadyAppealed(Conflict):
    pass


class AppealNotFound(NotFound):
    pass


class AppealClosed(Conflict):
    pass


class TransparencyReportNotFound(NotFound):
    """The month has not begun."""


class ProductMetricsNotFound(NotFound):
    """The month has not begun."""


# Eligibility. Each rule has its own code, so that applicants know what to change.


class RealNameMissing(Invalid):
    pass


class ApplicantNotAdult(Forbidden):
    pass


class ActiveDaysInsufficient(Forbidden):
    pass


class ApplicantSanctioned(Forbidden):
    pass


class StrikeLimitReached(Forbidden):
    pass


class CircleLimitReached(Forbidden):
    pass


class ApplicationAlreadyOpen(Conflict):
    pass


class CoolDownActive(TooManyRequests):
    pass


class ApplicationLimitReached(TooManyRequests):
    pass


# Sanctions and cases.


class UserNotFound(NotFound):
    pass


class SanctionNotPending(Conflict):
    pass


class SanctionNotInForce(Conflict):
    pass


class RatificationExpired(Conflict):
    pass


class SanctionAlreadyPending(Conflict):
    pass


class ProposalChanged(Conflict):
    pass


class EmergencyNotRatified(Conflict):
    """The same identity cannot impose another emergency on this user during the `emergency_pause`.

    This applies to an emergency that expired and to one that was rejected, also by its proposer.
    """


class EmergencyNotHigher(Conflict):
    """An emergency must have a higher level than the sanction in force, or the same level and a later end."""


class CaseNotFound(NotFound):
    pass


class CaseClosed(Conflict):
    pass


class CaseChanged(Conflict):
    pass


# Disputes of orders.


class DisputeNotFound(NotFound):
    pass


class DisputeClosed(Conflict):
    """Reviewers have ruled, or the buyer withdrew the dispute."""


class RulingAlreadyProposed(Conflict):
    """Another ruling waits for a second reviewer, who can reject it."""


class RulingNotProposed(Conflict):
    pass


class RulingAboveAmount(Conflict):
    """A ruling refunds at most what was left of the order's money. facts: `amount`."""


# Owners and successions.


class TenureEnded(Conflict):
    pass


class OwnerNotOnProbation(Conflict):
    pass


class ProbationNotEnded(Conflict):
    pass


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller does not own it."""


class CircleReadOnly(Conflict):
    """The circle is in its notice period, or its owner is suspended."""


class CircleClosed(Conflict):
    pass


class CircleNameUnavailable(Conflict):
    """The owner cannot give the circle this name. The response never says that another circle has one that looks like it."""


class CircleNameTakenDown(Conflict):
    """Reviewers took this name of the circle down, or one that looks like it."""


class ApplicationNameUnavailable(Conflict):
    """Another circle, or another application with a seat or a waitlist position, has a name that looks like this one."""


class SuccessionNotFound(NotFound):
    pass


class OfferNotOpen(Conflict):
    """One error for an offer that expired, was withdrawn, or is already decided."""


class SuccessionNotAccepted(Conflict):
    pass

"""The errors of the circles service.

An error about a thing that the caller may not see is the error about a thing that does not exist: same code, same text.
"""

from services.shared.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, TooManyRequests
from services.shared.kernel.errors import GuardrailReached as GuardrailReached  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import NewcomerLimitExceeded as NewcomerLimitExceeded  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import PictureNotFound as PictureNotFound  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import PicturesInvalid as PicturesInvalid  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import PicturesNotReady as PicturesNotReady  # noqa: PLC0414 (exported)
from services.shared.kernel.errors import SellingNotOpen as SellingNotOpen  # noqa: PLC0414 (exported)


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member of it."""


class MemberNotFound(NotFound):
    pass


class ListingNotFound(NotFound):
    """The circle has no such listing, or the caller cannot buy it and is not its seller."""


class NoteNotFound(NotFound):
    pass


class PasscodeNotFound(NotFound):
    pass


class PasscodeInactive(Conflict):
    pass


class PasscodeRejected(DomainError):
    """The passcode is wrong, expired, revoked or used up, or the caller is banned: one error, so that it reveals nothing."""


class PasscodeLocked(TooManyRequests):
    pass


class PasscodeUnclear(Invalid):
    pass


class CircleNotActive(Conflict):
    """The owner has not activated the circle yet, or the circle has closed."""


class CircleReadOnly(Conflict):
    pass


class ScreeningChanged(Conflict):
    """The rules or questions changed after the caller read them."""


class AnswersIncomplete(Invalid):
    pass


class ScreeningNotAnswered(Conflict):
    pass


class OwnerCannotLeave(Conflict):
    pass


class RoleNotAllowed(Forbidden):
    pass


class RoleHeld(Conflict):
    """The caller leaves while holding a role of trust, and has not said that they give it up."""


class RoleProposalEnded(Conflict):
    """No such role is proposed to the caller, or the proposal has expired, or the right of its proposer has ended."""


class TagNotFound(NotFound):
    pass


class MakeUpDayNotEligible(Conflict):
    """Only one missed day of the last week can be made up, and only next to a run."""


class MakeUpCardUsed(Conflict):
    pass


class TagsUnknown(Invalid):
    pass


class ListingsUnknown(Invalid):
    """The circle has no such listings. A listing that was on sale here before is accepted, unlike in a message or an order."""


class ShowNotReceived(Conflict):
    """The caller has not received such a line of such an order in this circle. An unknown order has the same error."""


class ShowRefunded(Conflict):
    """The line was returned, or most of its price went back to the buyer."""


class ShowAlreadyPosted(Conflict):
    """The caller has posted a show of this line."""


class ShowNotAllowed(Forbidden):
    """The caller is the seller or belongs to the owner's group, also under another user of the same identity."""


class PinLimitReached(Conflict):
    pass


class DraftNotFound(NotFound):
    pass


class DraftLimitReached(Conflict):
    pass


class JoinRequestLimitReached(TooManyRequests):
    pass


class ConsentTextChanged(Conflict):
    """The user agreed to another revision of the text than that of now."""


class CampaignNotFound(NotFound):
    pass


class CampaignTooSoon(TooManyRequests):
    """The latest campaign of the circle runs, or was started too recently."""


class CampaignEnded(Conflict):
    pass


class TeaserMissing(Conflict):
    """The circle has no teaser, which who gets the message of a campaign reads before they request to join."""


class HealthNotFound(NotFound):
    pass


class ExportNotFound(NotFound):
    pass


class ExportRunning(Conflict):
    pass


class DeletionNotFound(NotFound):
    pass


class DeletionStarted(Conflict):
    """The account is being deleted: it can no longer be kept."""


class OwnerCannotDeleteAccount(Conflict):
    """The caller owns circles, which must be handed over or closed first."""


class CandidateNotEligible(Conflict):
    """The candidate is the owner, a newcomer, not a member, or sanctioned: one error, so that it reveals no sanction."""


class OfferAlreadyOpen(Conflict):
    pass


class OfferNotFound(NotFound):
    pass


class TeaserInvalid(Invalid):
    """A part of the text looks like a passcode. The error depends on the text alone, so it reveals no passcode."""


class BlockedByAuthor(Forbidden):
    """The author of the note or comment has blocked the caller, who cannot comment on it or like it."""


class BlockLimitReached(Conflict):
    pass

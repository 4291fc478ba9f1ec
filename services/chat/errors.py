"""The errors of chat. What a caller is not allowed to see has the error of what does not exist."""

from services.shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unauthorized


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member of it."""


class RoomNotFound(NotFound):
    pass


class MessageNotFound(NotFound):
    pass


class NotificationNotFound(NotFound):
    pass


class PushSubscriptionNotFound(NotFound):
    pass


class ListingNotFound(NotFound):
    """The circle has no such listing. A listing of another circle has this error too."""


class MessageConflict(Invalid):
    pass


class RecallExpired(Conflict):
    """The message was sent too long ago to be recalled."""


class EditExpired(Conflict):
    """The message was sent too long ago to be edited."""


class AfterSeqStale(Conflict):
    """The sender is too far behind: a retry could look like a new message, and would be stored twice."""


class SendRateExceeded(TooManyRequests):
    pass


class MentionAllLimitReached(TooManyRequests):
    """The circle's messages of today have mentioned all as often as they can."""


class ReactionNotFound(NotFound):
    """There is no reaction of this name."""


class ReactionLimitReached(Conflict):
    """The member has as many different reactions to the message as one can have."""


class SlowModeActive(TooManyRequests):
    """The member sent a message to this slow room a moment ago."""


class SubscriptionLimitReached(Conflict):
    """The connection is subscribed to as many rooms as it can be."""


class TicketInvalid(Unauthorized):
    pass


class SocketExpired(Unauthorized):
    pass


class RoleNotAllowed(Forbidden):
    pass


class PinLimitReached(Conflict):
    pass


class HighlightLimitReached(Conflict):
    pass


class CircleReadOnly(Conflict):
    pass


class ListingNotOnSale(Conflict):
    """The seller or the circle's owner is restricted. The text does not say so: a sanction is not revealed to others.

    A listing that its seller took off sale can be sent: its card shows that it is off sale.
    """


class RoomArchived(Conflict):
    pass


class RoomNotTopic(Conflict):
    """The lobby and the moderators' room have the circle's name and are never archived."""


class TopicLimitReached(Conflict):
    pass

"""The errors of chat. What a caller is not allowed to see has the error of what does not exist."""

from services.shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unauthorized


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member of it."""


class RoomNotFound(NotFound):
    pass


class MessageNotFound(NotFound):
    pass


class ListingNotFound(NotFound):
    """The circle has no such listing. A listing of another circle has this error too."""


class MessageConflict(Invalid):
    code = "message-conflict"
    title, title_zh = ("This client_msg_id was used for another message. Use a new one.", "消息发送失败，请重新发送")


class AfterSeqStale(Conflict):
    """The sender is too far behind: a retry could look like a new message, and would be stored twice."""

    code = "after-seq-stale"
    title, title_zh = (
        "You are too far behind this room. Fetch the newer messages and check whether yours is among them.",
        "消息较多，请刷新后确认是否已发出",
    )


class SendRateExceeded(TooManyRequests):
    code = "send-rate-exceeded"
    title, title_zh = "You are sending messages too fast. Try again in a few seconds.", "发送太快了，请过几秒再试"


class TicketInvalid(Unauthorized):
    code = "ticket-invalid"
    title, title_zh = "This ticket is unknown, used or expired. Get a new one.", "连接已失效，请重新连接"


class SocketExpired(Unauthorized):
    code = "socket-expired"
    title, title_zh = "The sign-in of this connection has expired. Sign in and connect again.", "登录已过期，请重新登录"


class RoleNotAllowed(Forbidden):
    code = "role-not-allowed"
    title, title_zh = "Your role in this circle does not allow this action.", "你在圈子里的角色没有这项权限"


class PinLimitReached(Conflict):
    code = "pin-limit-reached"
    title, title_zh = "The limit of 5 pins is reached. Unpin one first.", "最多置顶 5 条，请先取消一条"


class CircleReadOnly(Conflict):
    code = "circle-read-only"
    title, title_zh = "The circle is read-only at the moment.", "圈子目前只能浏览"


class ListingNotOnSale(Conflict):
    """The seller or the circle's owner is restricted. The text does not say so: a sanction is not revealed to others.

    A listing that its seller took off sale can be sent: its card shows that it is off sale.
    """

    code = "listing-not-on-sale"
    title, title_zh = "This product is not on sale at the moment. Choose another one.", "商品暂停出售，请换一件"

"""What this service refuses, by name."""

from services.shared.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
)


class CircleNotFound(NotFound):
    """No such circle, or not a member of it: the same answer."""


class RoomNotFound(NotFound):
    pass


class MessageNotFound(NotFound):
    pass


class ListingNotFound(NotFound):
    """No such goods in this circle: another circle's cannot be shown here."""


class MessageConflict(Invalid):
    code = "client-msg-id-reused"
    title, title_zh = "This client_msg_id was used with another text", "该消息编号已用于其他内容"


class StaleAfterSeq(Conflict):
    """So far behind that a repeat could not be told from a new message."""

    code = "after-seq-stale"
    title, title_zh = (
        "Catch up with the room first; then see whether your message is there",
        "请先同步聊天记录，再确认消息是否已发送",
    )


class TooFast(TooManyRequests):
    code = "too-fast"
    title, title_zh = "You are sending too fast", "发送太快，请稍后再试"


class TicketInvalid(Unauthorized):
    code = "ticket-refused"
    title, title_zh = "This ticket is unknown, used or too old", "连接凭证无效或已过期"


class SocketExpired(Unauthorized):
    code = "socket-expired"
    title, title_zh = "The sign-in behind this socket has ended; connect anew", "登录已过期，请重新连接"


class CircleReadOnly(Conflict):
    code = "circle-read-only"
    title, title_zh = "The circle can only be read for now", "圈子暂时只读"


class ListingNotTradable(Conflict):
    code = "card-refused"
    title, title_zh = (
        "These goods cannot be shown while their seller or the circle's owner may not trade",
        "卖家或圈主暂时不能交易，无法分享该商品",
    )

"""What this service refuses, by name. What one may not see answers as what is not there: one code, one text."""

from services.shared.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)


class CircleNotFound(NotFound):
    """No such circle, or not a member of it."""


class MemberNotFound(NotFound):
    pass


class NoteNotFound(NotFound):
    pass


class PictureNotFound(NotFound):
    pass


class PasscodeNotFound(NotFound):
    pass


class PasscodeInactive(Conflict):
    code = "passcode-over"
    title, title_zh = "This passcode is over; issue another", "该口令已失效，请重新发放"


class PasscodeRejected(NotFound):
    """Wrong, expired, revoked, used up, or the caller is banned there: nobody learns which."""

    code = "passcode-rejected"
    title, title_zh = "This passcode does not open a circle", "口令无效"


class PasscodeLocked(TooManyRequests):
    code = "passcode-locked"
    title, title_zh = "Too many wrong passcodes; wait before you try again", "口令错误次数过多，请稍后再试"


class PasscodeUnclear(Invalid):
    code = "passcode-unclear"
    title, title_zh = "The text holds no passcode, or more than one", "未识别到口令，或识别到多个口令"


class CircleNotActive(Conflict):
    code = "circle-not-active"
    title, title_zh = "The circle is not open yet", "圈子尚未开启"


class CircleReadOnly(Conflict):
    code = "circle-read-only"
    title, title_zh = "The circle can only be read for now", "圈子暂时只读"


class ScreeningChanged(Conflict):
    """Rules or questions have changed since they were read: read them again."""

    code = "screening-changed"
    title, title_zh = "The rules have changed; read them again", "圈规已更新，请重新阅读"


class AnswersIncomplete(Invalid):
    code = "answers-unfit"
    title, title_zh = "Every question needs one answer", "请逐题作答"


class NotAnswered(Conflict):
    code = "not-answered"
    title, title_zh = "They have not agreed and answered yet", "对方尚未同意圈规并作答"


class OwnerCannotLeave(Conflict):
    code = "last-owner"
    title, title_zh = "The last owner cannot leave a circle", "最后一位圈主不能退出"


class NotAllowed(Forbidden):
    code = "role-not-allowed"
    title, title_zh = "Your role in this circle does not allow that", "你在圈内的角色没有此权限"


class TagNotFound(NotFound):
    pass


class PicturesNotReady(Conflict):
    """Uploaded a moment ago, and not looked at yet: the same request succeeds in a second."""

    code = "pictures-not-ready"
    title, title_zh = "Some pictures are still being looked at; try again in a second", "图片处理中，请稍后重试"


class PicturesInvalid(Invalid):
    code = "pictures-refused"
    title, title_zh = "Some pictures cannot be attached", "部分图片无法使用"


class NewcomerLimit(Forbidden):
    """Newcomers send no links, one picture and two mentions a note; reading for some days lifts that."""

    code = "newcomer-limit"
    title, title_zh = "Newcomers cannot post this yet", "新成员暂不能发布此类内容"


class NothingToMakeUp(Conflict):
    """Only one missed day of the last week, next to a run, can be made up."""

    code = "nothing-to-make-up"
    title, title_zh = "That day cannot be made up", "该日期无法补签"


class CardUsed(Conflict):
    code = "card-used"
    title, title_zh = "This month's make-up card is used", "本月补签卡已使用"


class TagsUnknown(Invalid):
    code = "tags-unknown"
    title, title_zh = "Some tags are not known; search for one that is", "部分标签不存在，请搜索选择"


class ListingsNotOnSale(Invalid):
    code = "cards-unfit"
    title, title_zh = "Some goods are not on sale in this circle", "部分商品未在本圈出售"


class TooManyPins(Conflict):
    code = "too-many-pins"
    title, title_zh = "Five notes are pinned already; take one down first", "已置顶五篇笔记，请先取消一篇"


class DraftNotFound(NotFound):
    pass


class TooManyJoinRequests(TooManyRequests):
    code = "too-many-requests"
    title, title_zh = "You have knocked at five circles today", "今天的申请次数已用完"


class HealthNotFound(NotFound):
    pass


class ExportNotFound(NotFound):
    pass


class ExportRunning(Conflict):
    code = "export-running"
    title, title_zh = "Your last archive is still being written", "上一份导出仍在生成中"


class CandidateNotEligible(Conflict):
    """Not a member, a newcomer here, oneself, or under a sanction."""

    code = "candidate-unfit"
    title, title_zh = "The circle cannot be offered to them", "无法转让给该成员"


class OfferOpen(Conflict):
    code = "offer-open"
    title, title_zh = "The circle is offered to somebody already", "已有进行中的转让"


class NothingOffered(NotFound):
    pass


class TeaserInvalid(Invalid):
    code = "teaser-unfit"
    title, title_zh = "The words hold a passcode", "简介中含有口令"


class Blocked(Forbidden):
    code = "blocked"
    title, title_zh = "They do not want to hear from you", "对方不希望收到你的互动"


class TooManyBlocks(Conflict):
    code = "too-many-blocks"
    title, title_zh = "You have blocked a hundred people; take one back first", "已拉黑一百人，请先移除一人"

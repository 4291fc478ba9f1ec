"""The errors of the circles service.

An error about a thing that the caller may not see is the error about a thing that does not exist: same code, same text.
"""

from services.shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member of it."""


class MemberNotFound(NotFound):
    pass


class NoteNotFound(NotFound):
    pass


class PictureNotFound(NotFound):
    pass


class PasscodeNotFound(NotFound):
    pass


class PasscodeInactive(Conflict):
    code = "passcode-inactive"
    title, title_zh = "This passcode is no longer active. Create a new one.", "口令已失效，请生成新口令"


class PasscodeRejected(NotFound):
    """The passcode is wrong, expired, revoked or used up, or the caller is banned: one error, so that it reveals nothing."""

    code = "passcode-rejected"
    title, title_zh = "You cannot join with this passcode. Check it, or ask for a new one.", "口令无效，请核对或换一个口令"


class PasscodeLocked(TooManyRequests):
    code = "passcode-locked"
    title, title_zh = "You entered too many wrong passcodes. Try again later.", "口令输错次数过多，请稍后再试"


class PasscodeUnclear(Invalid):
    code = "passcode-unclear"
    title, title_zh = "The text must contain exactly one passcode.", "请粘贴一个完整的口令"


class CircleNotActive(Conflict):
    """The owner has not activated the circle yet, or the circle has closed."""

    code = "circle-not-active"
    title, title_zh = "The circle has not been activated, or it is closing or closed.", "圈子还没开启，或正在关闭，请联系圈主"


class CircleReadOnly(Conflict):
    code = "circle-read-only"
    title, title_zh = "The circle is read-only at the moment.", "圈子目前只能浏览"


class ScreeningChanged(Conflict):
    """The rules or questions changed after the caller read them."""

    code = "screening-changed"
    title, title_zh = "The rules or questions have changed. Read them again.", "圈规或问题有更新，请重新阅读"


class AnswersIncomplete(Invalid):
    code = "answers-incomplete"
    title, title_zh = "Each question needs exactly one answer.", "请回答所有问题"


class ScreeningNotAnswered(Conflict):
    code = "screening-not-answered"
    title, title_zh = "This user has not agreed to the rules and answered the questions yet.", "请等对方同意圈规并回答问题"


class OwnerCannotLeave(Conflict):
    code = "owner-cannot-leave"
    title, title_zh = "You are the owner. Transfer the circle before you leave it.", "你是圈主，转让圈子后才能退出"


class RoleNotAllowed(Forbidden):
    code = "role-not-allowed"
    title, title_zh = "Your role in this circle does not allow this action.", "你在圈子里的角色没有这项权限"


class TagNotFound(NotFound):
    pass


class PicturesNotReady(Conflict):
    """The picture worker has not checked an upload yet. It usually does within a second."""

    code = "pictures-not-ready"
    title, title_zh = "Some pictures are still being processed. Try again in a second.", "图片处理中，请稍后重试"


class PicturesInvalid(Invalid):
    code = "pictures-invalid"
    title, title_zh = "Some pictures cannot be attached. Upload them again.", "部分图片无法使用，请重新上传"


class NewcomerLimitExceeded(Forbidden):
    """A newcomer's note has a link, more than one picture or more than two mentions. Reading for some days lifts the limit."""

    code = "newcomer-limit-exceeded"
    title, title_zh = (
        "Newcomers cannot post this yet. Read here for a few days first.",
        "新成员暂时不能发布这类内容，请先浏览几天",
    )


class MakeUpDayNotEligible(Conflict):
    """Only one missed day of the last week can be made up, and only next to a run."""

    code = "make-up-day-not-eligible"
    title, title_zh = "This day cannot be made up.", "这一天不能补签"


class MakeUpCardUsed(Conflict):
    code = "make-up-card-used"
    title, title_zh = (
        "You have used this month's make-up card. You get another one next month.",
        "本月补签卡已用完，下月可以再用",
    )


class TagsUnknown(Invalid):
    code = "tags-unknown"
    title, title_zh = "Some tags do not exist. Search for a tag.", "部分标签不存在，请搜索后选择"


class ListingsUnknown(Invalid):
    """The circle has no such listings. A listing that was on sale here before is accepted, unlike in a message or an order."""

    code = "listings-unknown"
    title, title_zh = "Some listings do not exist in this circle. Choose other ones.", "部分商品不在这个圈子，请重新选择"


class PinLimitReached(Conflict):
    code = "pin-limit-reached"
    title, title_zh = "The limit of 5 pins is reached. Unpin one first.", "最多置顶 5 条，请先取消一条"


class DraftNotFound(NotFound):
    pass


class JoinRequestLimitReached(TooManyRequests):
    code = "join-request-limit-reached"
    title, title_zh = "You can send 5 requests to join per day. Try again tomorrow.", "每天最多申请加入 5 次，请明天再试"


class HealthNotFound(NotFound):
    pass


class ExportNotFound(NotFound):
    pass


class ExportRunning(Conflict):
    code = "export-running"
    title, title_zh = "Your last export is still running. Wait until it is ready.", "上次导出还没完成，请稍候"


class CandidateNotEligible(Conflict):
    """The candidate is the owner, a newcomer, not a member, or sanctioned: one error, so that it reveals no sanction."""

    code = "candidate-not-eligible"
    title, title_zh = "The circle cannot be offered to this user. Choose another member.", "不能转让给这位用户，请换一位成员"


class OfferAlreadyOpen(Conflict):
    code = "offer-already-open"
    title, title_zh = (
        "The circle is offered to another member. Withdraw that offer first.",
        "圈子正在转让给其他成员，请先撤回转让",
    )


class OfferNotFound(NotFound):
    pass


class TeaserInvalid(Invalid):
    code = "teaser-invalid"
    title, title_zh = "The text contains a passcode. Remove it.", "简介里有口令，请删掉后重试"


class BlockedByAuthor(Forbidden):
    """The author of the note or comment has blocked the caller, who cannot comment on it or like it."""

    code = "blocked-by-author"
    title, title_zh = "The author has blocked you.", "对方已把你拉黑"


class BlockLimitReached(Conflict):
    code = "block-limit-reached"
    title, title_zh = "You can block at most 100 users. Unblock one first.", "黑名单最多 100 人，请先移出一位"

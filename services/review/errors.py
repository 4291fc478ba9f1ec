"""What this service refuses, by name."""

from services.shared.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)


class ApplicationNotFound(NotFound):
    """Unknown, or not the caller's to see: the same answer."""


class ApplicationNotOpen(Conflict):
    code = "application-not-open"
    title, title_zh = "The application is past that step", "申请已不在此阶段"


class ApplicationChanged(Conflict):
    code = "application-changed"
    title, title_zh = "The applicant has edited the application; read it again", "申请内容已更新，请重新阅读后再决定"


class AlreadyClaimed(Conflict):
    code = "already-claimed"
    title, title_zh = "Another reviewer is working on this application", "已有其他审核员正在处理"


class LeaseExpired(Conflict):
    code = "lease-lapsed"
    title, title_zh = "You do not hold this application; claim it first", "你未持有该申请或领取已过期，请重新领取"


class ExtensionsUsedUp(Conflict):
    code = "extensions-used-up"
    title, title_zh = "The lease has been extended as often as it can be", "延长次数已用完"


class ConflictOfInterest(Forbidden):
    code = "not-independent"
    title, title_zh = "You cannot review this application", "你不能审核该申请"


class SamePersonTwice(Forbidden):
    code = "same-person-twice"
    title, title_zh = "Another person must take the second decision", "第二次审核必须由另一人完成"


class NotEnrolled(Forbidden):
    code = "not-enrolled"
    title, title_zh = "Only enrolled reviewers may do this", "仅限已登记的审核员"


class OperatorsOnly(Forbidden):
    code = "operators-only"
    title, title_zh = "Only operators may do this", "仅限平台运营人员"


class InformationAskedTwice(Conflict):
    code = "information-asked-twice"
    title, title_zh = "The applicant has been asked as often as may be; decide now", "补充材料的次数已用完，请作出决定"


class AlreadyAppealed(Conflict):
    code = "already-appealed"
    title, title_zh = "An application can be appealed once", "每份申请只能申诉一次"


class AppealTooLate(Conflict):
    code = "appeal-too-late"
    title, title_zh = "The time to appeal is over", "申诉期已过"


# Why somebody may not apply now: each rule has its own code.


class RealNameMissing(Invalid):
    code = "real-name-missing"
    title, title_zh = "A real-name result is needed before you submit", "提交前需要完成实名认证"


class NotAdult(Forbidden):
    code = "not-adult"
    title, title_zh = "Owners of circles are at least 18", "圈主须年满十八周岁"


class TooFewActiveDays(Forbidden):
    code = "too-few-active-days"
    title, title_zh = "Your account has not been active enough", "账号近期活跃天数不足"


class UnderSanction(Forbidden):
    code = "under-sanction"
    title, title_zh = "Your account is under a sanction", "账号正处于处罚期"


class TooManyStrikes(Forbidden):
    code = "too-many-strikes"
    title, title_zh = "Your account has been sanctioned too often of late", "账号近期违规次数过多"


class TooManyCircles(Forbidden):
    code = "too-many-circles"
    title, title_zh = "You own as many circles as one may", "你拥有的圈子数量已达上限"


class ApplicationOpen(Conflict):
    code = "application-open"
    title, title_zh = (
        "Another application of yours is open; wait for it or withdraw it",
        "你有申请正在进行中，请等待结果或先撤回",
    )


class CoolingDown(TooManyRequests):
    code = "cooling-down"
    title, title_zh = "After a rejection a new application has to wait", "申请未通过后需等待一段时间才能重新申请"


class TooManyApplications(TooManyRequests):
    code = "too-many-applications"
    title, title_zh = "You have applied as often as one may in a year", "一年内的申请次数已达上限"


# Sanctions and reports


class UserNotFound(NotFound):
    pass


class NothingToRatify(Conflict):
    code = "nothing-to-ratify"
    title, title_zh = "Nothing waits for a second person", "没有待复核的处罚"


class NothingToLift(Conflict):
    code = "nothing-to-lift"
    title, title_zh = "This person is under no sanction", "该用户当前没有处罚"


class RatificationExpired(Conflict):
    code = "ratification-lapsed"
    title, title_zh = "It waited too long for a second person and was undone", "复核超时，处罚已撤销"


class CaseNotFound(NotFound):
    pass


class CaseClosed(Conflict):
    code = "case-closed"
    title, title_zh = "This case was decided before", "该举报已处理"


class TooManyReads(TooManyRequests):
    code = "too-many-reads"
    title, title_zh = "You have read as many applications as one may in an hour", "一小时内查阅次数已达上限"


class TenureEnded(Conflict):
    code = "tenure-ended"
    title, title_zh = "This owner is no longer in office", "该圈主已不在任"


class NotOnProbation(Conflict):
    code = "not-on-probation"
    title, title_zh = "An owner is removed only after a probation", "移除圈主前须先经过观察期"


class SomethingPending(Conflict):
    code = "something-pending"
    title, title_zh = "Something waits for a second person; ratify or drop it first", "已有待复核的处理，请先复核或撤销"


class ProposalChanged(Conflict):
    code = "proposal-changed"
    title, title_zh = "What waits is not what you read; read it again", "待复核内容已变化，请重新查看"


class EmergencySpent(Conflict):
    code = "emergency-spent"
    title, title_zh = (
        "Your last emergency for this person was not ratified; propose instead",
        "你上次的紧急处理未获复核，请改为提议",
    )


class ProbationRunning(Conflict):
    code = "probation-running"
    title, title_zh = "The probation has not run its time", "观察期尚未结束"


class SuccessionNotFound(NotFound):
    pass


class OfferExpired(Conflict):
    code = "succession-over"
    title, title_zh = "This offer does not stand any more", "该转让已失效"


class SuccessionWaits(Conflict):
    code = "succession-waits"
    title, title_zh = "They have not accepted yet", "对方尚未接受"

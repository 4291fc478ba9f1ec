"""The errors of the review service. The shared ones are in services/shared/kernel/errors.py."""

from services.shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests

# Applications and their review.


class ApplicationNotFound(NotFound):
    """The application does not exist, or the caller is not allowed to see it: one answer for both."""


class ApplicationNotOpen(Conflict):
    """The application's state does not allow this action. `detail` names the state."""

    code = "application-not-open"
    title, title_zh = (
        "The application's state does not allow this action. Read the application again.",
        "申请状态已变化，请刷新后查看",
    )


class ApplicationChanged(Conflict):
    code = "application-changed"
    title, title_zh = (
        "The applicant has edited the application. Read it again before you decide.",
        "申请人修改了内容，请重新阅读后再决定",
    )


class ApplicationAlreadyClaimed(Conflict):
    code = "application-already-claimed"
    title, title_zh = "Another reviewer has claimed this application. Choose another one.", "其他审核员正在审核，请换一份申请"


class LeaseExpired(Conflict):
    """Also raised for a caller who never claimed the application."""

    code = "lease-expired"
    title, title_zh = "Your claim on this application has expired. Claim it again.", "领取已过期，请重新领取"


class ExtensionLimitReached(Conflict):
    code = "extension-limit-reached"
    title, title_zh = "This claim was extended 4 times. Decide before it expires.", "已延长 4 次，请在到期前作出决定"


class ConflictOfInterest(Forbidden):
    """The caller is the person concerned, under any user, or shares a circle, an invitation or a trade with that person.

    The response does not say which of them: it would reveal trades between users.
    """

    code = "conflict-of-interest"
    title, title_zh = (
        "You have a conflict of interest here. Another reviewer must decide.",
        "你和当事人有利益关联，请交给其他审核员",
    )


class SecondReviewerRequired(Forbidden):
    """The caller has already decided on this, perhaps under another user."""

    code = "second-reviewer-required"
    title, title_zh = (
        "You have already decided on this. A different reviewer must confirm it.",
        "你已经处理过，请等另一位审核员复核",
    )


class ReviewerNotEnrolled(Forbidden):
    code = "reviewer-not-enrolled"
    title, title_zh = (
        "Only enrolled reviewers can do this. Ask an operator to enrol you.",
        "你还不是审核员，请联系运营人员登记",
    )


class OperatorRequired(Forbidden):
    code = "operator-required"
    title, title_zh = "Only operators can do this.", "只有平台运营人员可以操作"


class InformationRequestLimitReached(Conflict):
    code = "information-request-limit-reached"
    title, title_zh = "The applicant was asked for information twice. Decide now.", "已请申请人补充 2 次，请直接作出决定"


class ApplicationAlreadyAppealed(Conflict):
    code = "application-already-appealed"
    title, title_zh = (
        "This application was already appealed. The second decision is final.",
        "每份申请只能申诉 1 次，以申诉结果为准",
    )


class AppealPeriodExpired(Conflict):
    code = "appeal-period-expired"
    title, title_zh = "The 14 days to appeal this decision have passed.", "已超过 14 天申诉期，不能再申诉"


class ReadLimitReached(TooManyRequests):
    code = "read-limit-reached"
    title, title_zh = (
        "You have read too many applications within an hour. Try again later.",
        "1 小时内查看的申请过多，请稍后再试",
    )


# Eligibility. Each rule has its own code, so that applicants know what to change.


class RealNameMissing(Invalid):
    code = "real-name-missing"
    title, title_zh = (
        "The application has no real-name verification. Verify your name before you submit.",
        "请先完成实名认证再提交",
    )


class ApplicantNotAdult(Forbidden):
    code = "applicant-not-adult"
    title, title_zh = "Circle owners must be at least 18 years old.", "年满 18 周岁才能成为圈主"


class ActiveDaysInsufficient(Forbidden):
    code = "active-days-insufficient"
    title, title_zh = (
        "You were not active on enough days to apply. Apply again when you have been active longer.",
        "活跃天数还不够，多用几天再来申请",
    )


class ApplicantSanctioned(Forbidden):
    code = "applicant-sanctioned"
    title, title_zh = (
        "Users under a sanction cannot own a circle. Wait until the sanction ends.",
        "处罚期间不能当圈主，请等处罚结束",
    )


class StrikeLimitReached(Forbidden):
    code = "strike-limit-reached"
    title, title_zh = (
        "There were too many sanctions in the last 180 days. Try again later.",
        "近 180 天处罚次数过多，暂时不能当圈主",
    )


class CircleLimitReached(Forbidden):
    code = "circle-limit-reached"
    title, title_zh = "A user can own at most 3 circles.", "每人最多拥有 3 个圈子"


class ApplicationAlreadyOpen(Conflict):
    code = "application-already-open"
    title, title_zh = (
        "Another application of yours is open. Wait for its result, or withdraw it.",
        "你还有申请在审核，请等结果或先撤回",
    )


class CoolDownActive(TooManyRequests):
    code = "cool-down-active"
    title, title_zh = (
        "Your last application was rejected less than 30 days ago. Apply again later.",
        "上次申请未通过，满 30 天后可以再申请",
    )


class ApplicationLimitReached(TooManyRequests):
    code = "application-limit-reached"
    title, title_zh = (
        "You have submitted 6 applications within a year. Apply again later.",
        "1 年内最多申请 6 次，请过段时间再申请",
    )


# Sanctions and cases.


class UserNotFound(NotFound):
    pass


class SanctionNotPending(Conflict):
    code = "sanction-not-pending"
    title, title_zh = "No sanction of this user awaits ratification.", "这位用户没有待复核的处罚"


class SanctionNotInForce(Conflict):
    code = "sanction-not-in-force"
    title, title_zh = "This user is under no sanction.", "这位用户当前没有处罚"


class RatificationExpired(Conflict):
    code = "ratification-expired"
    title, title_zh = "The sanction was not ratified in time and is no longer in force.", "处罚未及时复核，已自动撤销"


class SanctionAlreadyPending(Conflict):
    code = "sanction-already-pending"
    title, title_zh = (
        "Another sanction of this user awaits ratification. Ratify or reject it first.",
        "这位用户有处罚待复核，请先通过或驳回",
    )


class ProposalChanged(Conflict):
    code = "proposal-changed"
    title, title_zh = "The pending sanction is not the one that you read. Read it again.", "待复核的处罚有变化，请重新查看"


class EmergencyNotRatified(Conflict):
    """The same identity cannot impose another emergency on this user for 7 days."""

    code = "emergency-not-ratified"
    title, title_zh = (
        "Your last emergency sanction of this user was not ratified. Propose a sanction instead.",
        "你上次的紧急处罚没有通过复核，请改为提议处罚",
    )


class CaseNotFound(NotFound):
    pass


class CaseClosed(Conflict):
    code = "case-closed"
    title, title_zh = "This case was already decided.", "这条举报已经处理过"


# Owners and successions.


class TenureEnded(Conflict):
    code = "tenure-ended"
    title, title_zh = "The tenure of this owner has ended.", "这位圈主的任期已结束"


class OwnerNotOnProbation(Conflict):
    code = "owner-not-on-probation"
    title, title_zh = (
        "An owner can be removed only after a probation. Start a probation first.",
        "请先设置观察期，期满后才能移除圈主",
    )


class ProbationNotEnded(Conflict):
    code = "probation-not-ended"
    title, title_zh = "The probation has not ended. Remove the owner after its end.", "观察期还没结束，期满后才能移除圈主"


class SuccessionNotFound(NotFound):
    pass


class OfferNotOpen(Conflict):
    """One error for an offer that expired, was withdrawn, or is already decided."""

    code = "offer-not-open"
    title, title_zh = "This ownership offer has expired, was withdrawn or is decided.", "转让已过期、被撤回或已有结果"


class SuccessionNotAccepted(Conflict):
    code = "succession-not-accepted"
    title, title_zh = "The candidate has not accepted the offer yet.", "对方还没接受转让，请等对方接受"

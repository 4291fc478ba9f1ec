"""What this service refuses, by name."""

from services.shared.errors import Conflict, Forbidden, NotFound


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


class LeaseLapsed(Conflict):
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

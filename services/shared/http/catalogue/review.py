"""The texts of the errors of the review service."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

APPLICATION_STATES_ZH = {
    "draft": "未提交",
    "submitted": "审核中",
    "needs_info": "待补充",
    "active": "已通过",
    "waitlisted": "候补中",
    "rejected": "未通过",
    "appealed": "申诉中",
    "upheld": "申诉未通过",
    "expired": "已过期",
    "withdrawn": "已撤回",
    "closed": "已结束",
}

ERRORS = {
    "application-not-open": Entry(
        en=Text(
            "The application's state does not allow this action.", "Read the application again.", "The application is {state}."
        ),
        zh=Text("申请状态已变化", "请刷新后查看", "申请{state}"),
        facts=("state",),
    ),
    "response-period-expired": Entry(
        en=Text("The time to respond to the reviewer's question has passed."), zh=Text("补充材料的期限已过")
    ),
    "application-changed": Entry(
        en=Text("The applicant has edited the application.", "Read it again before you decide."),
        zh=Text("申请人修改了内容", "请重新阅读后再决定"),
    ),
    "application-already-claimed": Entry(
        en=Text("Another reviewer has claimed this application.", "Choose another one."),
        zh=Text("其他审核员正在审核", "请换一份申请"),
    ),
    "lease-expired": Entry(
        en=Text("Your claim on this application has expired.", "Claim it again."), zh=Text("领取已过期", "请重新领取")
    ),
    "extension-limit-reached": Entry(
        en=Text("This claim cannot be extended again.", "Decide before it expires.", "A claim can be extended {limit} times."),
        zh=Text("延长次数已用完", "请在到期前作出决定", "每次领取最多延长 {limit} 次"),
        facts=("limit",),
    ),
    "lease-limit-reached": Entry(
        en=Text(
            "A reviewer has had this application too often.",
            "Leave it to another reviewer.",
            "The limit is {limit} leases, extensions included.",
        ),
        zh=Text("审核员领取这份申请的次数过多", "请交给其他审核员", "最多 {limit} 次，延长也计算在内"),
        facts=("limit",),
    ),
    "claim-limit-reached": Entry(
        en=Text(
            "A reviewer has claimed too many applications at once.",
            "Decide or release some of them first.",
            "The limit is {limit} applications.",
        ),
        zh=Text("同时领取的申请过多", "请先审完或放弃几份", "最多同时领取 {limit} 份"),
        facts=("limit",),
    ),
    "edit-limit-reached": Entry(
        en=Text(
            "The application cannot be edited again during the review.",
            "Wait for the reviewers.",
            "A submitted application can be edited {limit} times.",
        ),
        zh=Text("审核期间不能再修改申请", "请等待审核结果", "提交后最多修改 {limit} 次"),
        facts=("limit",),
    ),
    "second-reviewer-required": Entry(
        en=Text("You have already decided on this.", "Wait until a different reviewer confirms it."),
        zh=Text("你已经处理过", "请等另一位审核员复核"),
    ),
    "information-request-limit-reached": Entry(
        en=Text("The applicant cannot be asked for information again.", "Decide now.", "The limit is {limit} questions."),
        zh=Text("请申请人补充的次数已用完", "请直接作出决定", "最多请申请人补充 {limit} 次"),
        facts=("limit",),
    ),
    "application-already-appealed": Entry(
        en=Text("This application was already appealed: the second decision is final."),
        zh=Text("每份申请只能申诉 1 次，以申诉结果为准"),
    ),
    "decision-already-appealed": Entry(
        en=Text("You have already appealed this decision: the second decision is final."),
        zh=Text("每项决定只能申诉 1 次，以申诉结果为准"),
    ),
    "appeal-closed": Entry(en=Text("This appeal was already decided."), zh=Text("这项申诉已经处理过")),
    "appeal-period-expired": Entry(
        en=Text("The time to appeal this decision has passed.", detail="A decision can be appealed for {days} days."),
        zh=Text("申诉期已过，不能再申诉", detail="申诉期为 {days} 天"),
        facts=("days",),
    ),
    "real-name-missing": Entry(
        en=Text("The application has no real-name verification.", "Verify your name before you submit."),
        zh=Text("还没有完成实名认证", "请先认证再提交"),
    ),
    "applicant-not-adult": Entry(en=Text("Circle owners must be at least 18 years old."), zh=Text("年满 18 周岁才能成为圈主")),
    "active-days-insufficient": Entry(
        en=Text(
            "You were not active on enough days to apply.",
            "Apply again when you have been active longer.",
            "{active_days} of {required_days} days.",
        ),
        zh=Text("活跃天数还不够", "请多用几天再来申请", "已活跃 {active_days} 天，需要 {required_days} 天"),
        facts=("active_days", "required_days"),
    ),
    "applicant-sanctioned": Entry(
        en=Text("Users under a sanction cannot own a circle.", "Wait until the sanction ends."),
        zh=Text("处罚期间不能当圈主", "请等处罚结束"),
    ),
    "strike-limit-reached": Entry(
        en=Text("There were too many sanctions recently.", "Try again later."),
        zh=Text("近期处罚次数过多，暂时不能当圈主", "请过段时间再试"),
    ),
    "circle-limit-reached": Entry(
        en=Text("This user owns as many circles as a user can own.", detail="The limit is {limit} circles."),
        zh=Text("拥有的圈子数已达上限", detail="每人最多拥有 {limit} 个圈子"),
        facts=("limit",),
    ),
    "application-already-open": Entry(
        en=Text("Another application of yours is open.", "Wait for its result, or withdraw it."),
        zh=Text("你还有申请在审核", "请等结果或先撤回"),
    ),
    "cool-down-active": Entry(
        en=Text("Your last application was rejected recently.", "Apply again later.", "You can apply again from {until}."),
        zh=Text("上次申请未通过不久", "请过段时间再申请", "{until} 起可以再申请"),
        facts=("until",),
    ),
    "application-limit-reached": Entry(
        en=Text("You have submitted too many applications this year.", "Apply again later.", "The limit is {limit} a year."),
        zh=Text("1 年内申请次数过多", "请过段时间再申请", "每年最多申请 {limit} 次"),
        facts=("limit",),
    ),
    "sanction-not-pending": Entry(
        en=Text("No sanction of this user awaits ratification."), zh=Text("这位用户没有待复核的处罚")
    ),
    "sanction-not-in-force": Entry(en=Text("This user is under no sanction."), zh=Text("这位用户当前没有处罚")),
    "ratification-expired": Entry(
        en=Text("The sanction was not ratified in time and is no longer in force."), zh=Text("处罚未及时复核，已自动撤销")
    ),
    "sanction-already-pending": Entry(
        en=Text("Another sanction of this user awaits ratification.", "Ratify or reject it first."),
        zh=Text("这位用户有处罚待复核", "请先通过或驳回"),
    ),
    "proposal-changed": Entry(
        en=Text("What awaits ratification is not what you read.", "Read it again."), zh=Text("待复核的内容有变化", "请重新查看")
    ),
    "emergency-not-ratified": Entry(
        en=Text("Your last emergency sanction of this user was not ratified.", "Propose a sanction instead."),
        zh=Text("你上次的紧急处罚没有通过复核", "请改为提议处罚"),
    ),
    "emergency-not-higher": Entry(
        en=Text("This user is already under an equal or higher sanction.", "Propose a sanction instead."),
        zh=Text("这位用户已受同等或更重的处罚", "请改为提议处罚"),
    ),
    "case-closed": Entry(en=Text("This case was already decided."), zh=Text("这条举报已经处理过")),
    "case-changed": Entry(
        en=Text("A later revision of this content was reported.", "Read the case again, and name its latest revision."),
        zh=Text("被举报的内容有了新版本", "请重新阅读，并指明最新版本"),
    ),
    "dispute-closed": Entry(en=Text("This dispute has a ruling, or was withdrawn."), zh=Text("这起纠纷已裁定或已撤回")),
    "ruling-already-proposed": Entry(
        en=Text("Another ruling waits for a second reviewer.", "Ratify or reject it first."),
        zh=Text("这起纠纷有裁定待复核", "请先通过或驳回"),
    ),
    "ruling-not-proposed": Entry(
        en=Text("No ruling of this dispute waits for a second reviewer.", "Propose one."),
        zh=Text("这起纠纷没有待复核的裁定", "请先提出裁定"),
    ),
    "ruling-above-amount": Entry(
        en=Text("The ruling refunds more than can go back.", "Enter a lower amount.", "At most {amount} fen can go back."),
        zh=Text("裁定金额超出可退金额", "请减少金额", "最多可退 {amount} 分"),
        facts=("amount",),
    ),
    "tenure-ended": Entry(en=Text("The tenure of this owner has ended."), zh=Text("这位圈主的任期已结束")),
    "owner-not-on-probation": Entry(
        en=Text("An owner can be removed only after a probation.", "Start a probation first."),
        zh=Text("观察期满后才能移除圈主", "请先设置观察期"),
    ),
    "probation-not-ended": Entry(
        en=Text("The probation has not ended.", "Remove the owner after its end."),
        zh=Text("观察期还没结束", "请等期满后再移除圈主"),
    ),
    "circle-closed": Entry(en=Text("The circle is closed."), zh=Text("圈子已关闭")),
    "circle-name-unavailable": Entry(
        en=Text("This name is not available.", "Choose another."), zh=Text("这个名字不可用", "请换一个")
    ),
    "circle-name-taken-down": Entry(
        en=Text("The platform took this name of your circle down.", "Choose another, or appeal the take-down."),
        zh=Text("这个圈子名因违规已下架", "请换一个名字，或提出申诉"),
    ),
    "application-name-unavailable": Entry(
        en=Text("The name of this circle is not available.", "Ask the applicant for another name."),
        zh=Text("申请的圈子名不可用", "请让申请人换一个名字"),
    ),
    "offer-not-open": Entry(
        en=Text("This ownership offer has expired, was withdrawn or is decided."), zh=Text("转让已过期、被撤回或已有结果")
    ),
    "succession-not-accepted": Entry(
        en=Text("The candidate has not accepted the offer yet.", "Wait until the candidate accepts it."),
        zh=Text("对方还没接受转让", "请等对方接受"),
    ),
}

FIELDS = {
    "required-if-upheld": Message("is required for an upheld case", "判定违规时必填"),
    "only-if-upheld": Message("must be left out unless the case is upheld", "只有判定违规时才能填写"),
    "must-be-same-person": Message("must be about the same person as the application", "实名信息和申请人不一致"),
    "must-be-reason-of-decision": Message("must be a reason of the decision", "请选择审核结果中的理由"),
    "required-to-submit": Message("must be filled in before you submit", "提交前必填"),
    "verification-required": Message("must be set before you submit", "请先完成实名认证"),
    "must-be-current-statement": Message("must be a current statement about this user", "实名凭证无效或已过期，请重新认证"),
    "must-be-distinct": Message("must contain each application once", "申请不能重复"),
    "too-long-in-total": Message("must be shorter in total", "链接太长，请精简"),
    "must-be-enrolled-reviewer": Message("must be an enrolled reviewer", "请选择已登记的审核员"),
}

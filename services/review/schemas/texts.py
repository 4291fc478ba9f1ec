"""The texts that an applicant reads, in English and Chinese: reasons and next steps."""

from __future__ import annotations

from services.review.domain import Reason, State
from services.review.settings import settings

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.MEETS_CRITERIA: ("The application meets all four criteria.", "申请符合全部 4 项标准"),
    Reason.RESONANCE_WEAK: ("The application does not explain why this topic matters to you.", "没有说明你为什么认同这个主题"),
    Reason.CIRCLE_VAGUE: ("The application does not define the circle clearly enough.", "圈子的定位不够明确"),
    Reason.EARLY_BUILDING_UNCLEAR: (
        "The application does not explain how you will build the circle at the start.",
        "没有说明早期你打算怎样建设圈子",
    ),
    Reason.TOO_LITTLE_TIME: ("The time you can give each week is too short.", "你每周能投入的时间不够"),
    Reason.EVIDENCE_LACKING: ("The links do not prove the experience you describe.", "材料不足以证明你的经验"),
    Reason.OTHER: ("Read the reviewer's note for the reason.", "原因请看审核员的说明"),
}
NEXT_STEPS: dict[State, tuple[str, str]] = {
    State.DRAFT: ("Complete the application and submit it.", "填好后提交申请"),
    State.SUBMITTED: (
        "Wait for {reviewers} reviewers to decide. You do not need to do anything.",
        "{reviewers} 位审核员正在审核，请等待结果",
    ),
    State.NEEDS_INFO: (
        "Add the requested information and submit the application again. The review is paused until then.",
        "请按要求补充后重新提交，补充期间审核暂停",
    ),
    State.ACTIVE: ("You have a seat. Open your circle.", "你已获得席位，去开启圈子吧"),
    State.WAITLISTED: (
        "Your application is approved. Wait for a seat; your position is shown.",
        "申请已通过，正在排队等席位，轮到你时自动获得",
    ),
    State.REJECTED: (
        "Read the reasons. You can appeal once within {appeal} days, or submit a new application after {pause} days.",
        "请查看原因，{appeal} 天内可以申诉 1 次，或 {pause} 天后重新申请",
    ),
    State.APPEALED: (
        "Wait for other reviewers to decide your appeal. You do not need to do anything.",
        "其他审核员正在处理申诉，请等待结果",
    ),
    State.UPHELD: (
        "Your appeal was not successful and the decision is final. You can submit a new application after {pause} days.",
        "申诉未通过，不能再次申诉，{pause} 天后可以重新申请",
    ),
    State.EXPIRED: (
        "Your application expired. This is not a rejection: you can submit a new application now.",
        "申请已过期，不算未通过，现在可以重新申请",
    ),
    State.WITHDRAWN: ("You withdrew the application. You can submit a new one now.", "你已撤回申请，现在可以重新申请"),
    State.CLOSED: ("The circle is closed. You can submit a new application.", "圈子已关闭，可以重新申请"),
}


def next_step_texts(state: State) -> tuple[str, str]:
    """Return the next step of an applicant in English and Chinese, with the periods in force."""
    now = settings()
    figures = {"reviewers": now.approvals_needed, "appeal": now.appeal_period.days, "pause": now.rejection_cool_down.days}
    en, zh_cn = NEXT_STEPS[state]
    return en.format(**figures), zh_cn.format(**figures)

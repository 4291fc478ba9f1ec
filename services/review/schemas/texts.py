"""The texts that an applicant reads, in English and Chinese: reasons and next steps."""

from __future__ import annotations

from services.review.domain import Reason, State

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.MEETS_CRITERIA: ("The application meets all four criteria.", "申请符合全部四项标准"),
    Reason.RESONANCE_WEAK: ("The application does not explain why this topic matters to you.", "没有说明你为什么认同这个主题"),
    Reason.CIRCLE_VAGUE: ("The application does not define the circle clearly enough.", "圈子的定位不够明确"),
    Reason.EARLY_BUILDING_UNCLEAR: (
        "The application does not explain how you will build the circle at the start.",
        "没有说明你打算怎样参与早期共建",
    ),
    Reason.TOO_LITTLE_TIME: ("The time you can give each week is too short.", "你每周能投入的时间不够"),
    Reason.EVIDENCE_LACKING: ("The links do not prove the experience you describe.", "所附材料不足以证明你的相关经验"),
    Reason.OTHER: ("Read the reviewer's note for the reason.", "原因请看审核员的说明"),
}
NEXT_STEPS: dict[State, tuple[str, str]] = {
    State.DRAFT: ("Complete the application and submit it.", "填完申请后提交"),
    State.SUBMITTED: ("Wait for two reviewers to decide. You do not need to do anything.", "等待两位审核员审核，你无需操作"),
    State.NEEDS_INFO: (
        "Add the requested information and submit the application again. The review is paused until then.",
        "请按要求补充后重新提交，其间审核暂停计时",
    ),
    State.ACTIVE: ("You have a seat. Open your circle.", "你已获得席位，去开启圈子吧"),
    State.WAITLISTED: (
        "Your application is approved. Wait for a seat; your position is shown.",
        "申请已通过，正在排队等待席位，排到后自动获得",
    ),
    State.REJECTED: (
        "Read the reasons. You can appeal once within 14 days, or submit a new application after 30 days.",
        "请查看原因。你可以在 14 天内申诉一次，或 30 天后重新申请",
    ),
    State.APPEALED: (
        "Wait for other reviewers to decide your appeal. You do not need to do anything.",
        "其他审核员会处理你的申诉，你无需操作",
    ),
    State.UPHELD: (
        "Your appeal was not successful and the decision is final. You can submit a new application after 30 days.",
        "申诉未通过，维持原决定，不能再次申诉。30 天后可以重新申请",
    ),
    State.EXPIRED: (
        "Your application expired. This is not a rejection: you can submit a new application now.",
        "申请已过期，不算未通过，你可以马上重新申请",
    ),
    State.WITHDRAWN: ("You withdrew the application. You can submit a new one now.", "你已撤回申请，可以马上重新申请"),
    State.CLOSED: ("The circle is closed. You can submit a new application.", "圈子已关闭，你可以重新申请"),
}

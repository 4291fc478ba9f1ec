"""What an applicant reads, in both languages."""

from __future__ import annotations

from services.review.domain import Reason, State

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.MEETS_CRITERIA: ("The four criteria are met.", "符合四项标准。"),
    Reason.RESONANCE_WEAK: ("It does not yet tell why this idea matters to you.", "还没有说明你为什么认同这个想法。"),
    Reason.CIRCLE_VAGUE: ("The circle is not yet a definite one.", "圈子的定位还不够明确。"),
    Reason.EARLY_BUILDING_UNCLEAR: ("It is not clear how you will help to build early on.", "没有说明如何参与早期共建。"),
    Reason.TOO_LITTLE_TIME: ("The time you can give is too little.", "可投入的时间不足。"),
    Reason.EVIDENCE_LACKING: ("The experience is not shown by the evidence.", "所附材料不足以证明相关经验。"),
    Reason.OTHER: ("See the reviewer's words.", "请见审核员的说明。"),
}
NEXT_STEPS: dict[State, tuple[str, str]] = {
    State.DRAFT: ("Complete the application and submit it.", "请补全申请并提交。"),
    State.SUBMITTED: ("Two reviewers will read it; you need do nothing.", "等待两位审核员审阅，你无需操作。"),
    State.NEEDS_INFO: (
        "Answer what is asked and submit again; the clock stands meanwhile.",
        "请按要求补充后重新提交，期间暂停计时。",
    ),
    State.ACTIVE: ("Your seat is granted: open your circle.", "席位已确认，请开启你的圈子。"),
    State.WAITLISTED: ("Approved, and waiting for a seat in the order shown.", "已通过，正在按顺序等待席位。"),
    State.REJECTED: (
        "See the reasons. You may appeal once within 14 days, or apply anew after 30.",
        "请查看原因。你可在 14 天内申诉一次，或 30 天后重新申请。",
    ),
    State.APPEALED: ("Others than before will read it; you need do nothing.", "将由其他审核员复核，你无需操作。"),
    State.UPHELD: (
        "The decision stands, and is final. You may apply anew after 30 days.",
        "维持原决定，此结果为最终结果。30 天后可重新申请。",
    ),
    State.EXPIRED: (
        "Nothing was answered in time. This is no rejection: you may apply anew at once.",
        "未在期限内补充材料，申请已失效（不属于未通过），可随时重新申请。",
    ),
    State.WITHDRAWN: ("You took it back. You may apply anew at once.", "你已撤回申请，可随时重新申请。"),
    State.CLOSED: ("Its circle has ended. You may apply anew.", "圈子已关闭，可重新申请。"),
}

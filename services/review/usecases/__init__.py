"""What the review service does, one function a verb. A decision is made in `deciding` and nowhere else."""

from services.review.usecases.accounts import verify_account
from services.review.usecases.applying import (
    Form,
    Private,
    appeal_application,
    create_application,
    get_application,
    list_applications,
    submit_application,
    update_application,
    withdraw_application,
)
from services.review.usecases.deciding import (
    Result,
    claim_application,
    decide_application,
    decide_applications,
    extend_claim,
    get_cohort,
    hand_over_claim,
    list_queue,
    release_claim,
    request_information,
)
from services.review.usecases.insight import ReviewMetrics, audit_application, get_metrics, mean_hours
from services.review.usecases.ports import Ports
from services.review.usecases.projections import follow_circle, free_seat, keep_membership, keep_trade
from services.review.usecases.reports import (
    Report,
    decide_case,
    file_report,
    get_case,
    list_cases,
    list_reports,
)
from services.review.usecases.sanctions import (
    get_sanction_record,
    impose_sanction,
    lift_sanction,
    ratify_sanction,
    reject_sanction,
)
from services.review.usecases.schedule import handle_schedule, run_anchors
from services.review.usecases.staff import dismiss_reviewer, enrol_reviewer
from services.review.usecases.stream import handle_changes
from services.review.usecases.successions import (
    accept_succession,
    decide_succession,
    get_succession,
    keep_offer,
    list_successions,
)
from services.review.usecases.tenures import assess_owner, get_tenure

__all__ = [
    "Form",
    "Ports",
    "Private",
    "Report",
    "Result",
    "ReviewMetrics",
    "accept_succession",
    "appeal_application",
    "assess_owner",
    "audit_application",
    "claim_application",
    "create_application",
    "decide_application",
    "decide_applications",
    "decide_case",
    "decide_succession",
    "dismiss_reviewer",
    "enrol_reviewer",
    "extend_claim",
    "file_report",
    "follow_circle",
    "free_seat",
    "get_application",
    "get_case",
    "get_cohort",
    "get_metrics",
    "get_sanction_record",
    "get_succession",
    "get_tenure",
    "hand_over_claim",
    "handle_changes",
    "handle_schedule",
    "impose_sanction",
    "keep_membership",
    "keep_offer",
    "keep_trade",
    "lift_sanction",
    "list_applications",
    "list_cases",
    "list_queue",
    "list_reports",
    "list_successions",
    "mean_hours",
    "ratify_sanction",
    "reject_sanction",
    "release_claim",
    "request_information",
    "run_anchors",
    "submit_application",
    "update_application",
    "verify_account",
    "withdraw_application",
]

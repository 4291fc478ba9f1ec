"""What the review service does, one function a verb. A decision is made in `deciding` and nowhere else."""

from services.review.usecases.accounts import verify_account
from services.review.usecases.applying import (
    Form,
    Private,
    appeal_application,
    edit_application,
    list_applications,
    read_application,
    start_application,
    submit_application,
    withdraw_application,
)
from services.review.usecases.deciding import (
    Result,
    claim_application,
    decide_application,
    decide_applications,
    extend_claim,
    hand_over_claim,
    list_queue,
    read_cohort,
    release_claim,
    request_information,
)
from services.review.usecases.insight import Figures, audit_application, mean_hours, read_figures
from services.review.usecases.ports import Ports
from services.review.usecases.projections import follow_circle, free_seat, keep_membership, keep_trade
from services.review.usecases.reports import (
    Report,
    decide_case,
    file_report,
    list_cases,
    list_reports,
    read_case,
)
from services.review.usecases.sanctions import lift_sanction, ratify_sanction, read_person, refuse_sanction, sanction_person
from services.review.usecases.schedule import run_anchors, run_schedule
from services.review.usecases.staff import dismiss_reviewer, enrol_reviewer
from services.review.usecases.stream import keep_changes
from services.review.usecases.successions import (
    accept_succession,
    decide_succession,
    keep_offer,
    list_successions,
    read_succession,
)
from services.review.usecases.tenures import assess_owner, read_tenure

__all__ = [
    "Figures",
    "Form",
    "Ports",
    "Private",
    "Report",
    "Result",
    "accept_succession",
    "appeal_application",
    "assess_owner",
    "audit_application",
    "claim_application",
    "decide_application",
    "decide_applications",
    "decide_case",
    "decide_succession",
    "dismiss_reviewer",
    "edit_application",
    "enrol_reviewer",
    "extend_claim",
    "file_report",
    "follow_circle",
    "free_seat",
    "hand_over_claim",
    "keep_changes",
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
    "read_application",
    "read_case",
    "read_cohort",
    "read_figures",
    "read_person",
    "read_succession",
    "read_tenure",
    "refuse_sanction",
    "release_claim",
    "request_information",
    "run_anchors",
    "run_schedule",
    "sanction_person",
    "start_application",
    "submit_application",
    "verify_account",
    "withdraw_application",
]

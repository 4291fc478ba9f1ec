"""The use cases of the review service, one file per noun.

`decisions.decide_application` is the only way to decide an application.
"""

from services.review.usecases.appeals import (
    appeal_sanction,
    appeal_take_down,
    decide_appeal,
    get_appeal,
    get_own_account_status,
    list_appeals,
    list_take_downs,
)
from services.review.usecases.applications import (
    ApplicationInput,
    PersonalData,
    appeal_application,
    create_application,
    get_application,
    list_applications,
    submit_application,
    update_application,
    withdraw_application,
)
from services.review.usecases.audit import audit_application
from services.review.usecases.cases import EvidencePicture, decide_case, get_case, list_case_pictures, list_cases
from services.review.usecases.circle_names import rename_circle
from services.review.usecases.cohorts import get_cohort
from services.review.usecases.decisions import DecisionResult, decide_application, decide_applications
from services.review.usecases.disputes import get_dispute_case, list_dispute_cases, propose_ruling, ratify_ruling, reject_ruling
from services.review.usecases.fact_archive import archive_facts
from services.review.usecases.identities import verify_identity
from services.review.usecases.jobs import handle_jobs
from services.review.usecases.metrics import ReviewMetrics, get_metrics, mean_hours
from services.review.usecases.ports import Ports
from services.review.usecases.product_metrics import ProductMetrics, get_product_metrics
from services.review.usecases.projections import (
    apply_account_deleted,
    apply_circle_activated,
    apply_circle_changed,
    apply_comment_changed,
    apply_content_reported,
    apply_dispute_changed,
    apply_export_requested,
    apply_listing_removed,
    apply_member_active,
    apply_member_opened,
    apply_membership_changed,
    apply_note_changed,
    apply_note_posted,
    apply_order_changed,
    apply_order_suspected,
    apply_signed_out,
    apply_succession_offered,
)
from services.review.usecases.records import UserRecord, create_read_grant, get_user_record
from services.review.usecases.reports import list_reports
from services.review.usecases.review_queue import (
    claim_application,
    extend_claim,
    hand_over_claim,
    list_review_queue,
    release_claim,
    request_information,
)
from services.review.usecases.reviewers import dismiss_reviewer, enrol_reviewer
from services.review.usecases.sanctions import (
    get_sanction_record,
    impose_sanction,
    lift_sanction,
    ratify_sanction,
    reject_sanction,
)
from services.review.usecases.schedule import handle_schedule
from services.review.usecases.stream import handle_changes, stream_steps
from services.review.usecases.successions import accept_succession, decide_succession, get_succession, list_successions
from services.review.usecases.tenures import assess_owner, get_tenure
from services.review.usecases.transparency import get_transparency_report

"""The use cases of the circles service, one file per noun."""

from services.circles.usecases.blocks import block_user, list_blocks, unblock_user
from services.circles.usecases.brake import GuardrailsView, get_guardrails, pull_brake
from services.circles.usecases.campaign_consents import get_campaign_consent, set_campaign_consent, withdraw_campaign_consent
from services.circles.usecases.campaign_runs import run_campaigns
from services.circles.usecases.campaign_stages import record_stage
from services.circles.usecases.campaigns import create_campaign, get_campaign, list_campaigns, stop_campaign
from services.circles.usecases.check_ins import check_in, get_check_ins, make_up_day
from services.circles.usecases.circle_pages import report_circle, report_circle_name, update_circle
from services.circles.usecases.circles import OwnCircle, activate_circle, get_circle, list_circles, provision_circle
from services.circles.usecases.closing import close_circle, purge_circle, reopen_circle
from services.circles.usecases.comments import (
    add_comment,
    delete_comment,
    list_comment_revisions,
    list_comments,
    remove_comment,
    report_comment,
    update_comment,
)
from services.circles.usecases.deletions import get_deletion, request_deletion, withdraw_deletion
from services.circles.usecases.digests import get_digest_preference, set_digest_preference
from services.circles.usecases.drafts import create_draft, delete_draft, list_drafts, publish_draft, update_draft
from services.circles.usecases.exports import (
    create_account_export,
    create_export,
    get_account_export,
    get_account_export_part_url,
    get_account_export_picture_url,
    get_export,
    get_export_part_url,
    get_exported_picture_url,
)
from services.circles.usecases.health import get_health, measure_circle_health
from services.circles.usecases.highlights import (
    highlight_note,
    list_highlights,
    list_pins,
    pin_note,
    unhighlight_note,
    unpin_note,
)
from services.circles.usecases.joining import join_circle
from services.circles.usecases.members import impose_member_sanction, leave_circle, lift_member_sanction, list_memberships
from services.circles.usecases.moderation_log import list_moderation_log
from services.circles.usecases.notes import (
    NoteInput,
    delete_note,
    get_note,
    like_note,
    list_notes,
    post_note,
    remove_note,
    report_note,
    unlike_note,
)
from services.circles.usecases.ownership import get_ownership_offer, offer_ownership, withdraw_ownership_offer
from services.circles.usecases.passcodes import (
    issue_passcode,
    list_passcodes,
    quarantine_passcode,
    revoke_passcode,
    rotate_passcode,
)
from services.circles.usecases.people import (
    ListedPerson,
    Person,
    get_membership,
    get_people,
    list_members,
    report_member,
    update_membership,
)
from services.circles.usecases.pictures import (
    AvatarLink,
    create_avatar_upload,
    create_upload,
    get_avatar,
    get_picture,
    is_avatar,
    picture_addresses,
    process_upload,
)
from services.circles.usecases.ports import Ports
from services.circles.usecases.profiles import OwnProfile, get_profile, update_profile
from services.circles.usecases.projections import (
    apply_account_status_changed,
    apply_account_verified,
    apply_circle_name_changed,
    apply_deletion_checked,
    apply_listing_changed,
    apply_member_active,
    apply_order_changed,
    apply_order_suspected,
    apply_owner_removed,
    apply_parts_exported,
    apply_receipt_changed,
    apply_reviewer_changed,
    apply_seat_granted,
    apply_succession_decided,
    apply_take_down_changed,
    apply_user_erased,
)
from services.circles.usecases.reading_activity import record_views
from services.circles.usecases.recaps import get_recap
from services.circles.usecases.receipts import ShowInput
from services.circles.usecases.recounts import plan_recount, recount_counters, recount_notes, recount_tags
from services.circles.usecases.revisions import list_revisions, update_note
from services.circles.usecases.roles import accept_role, decline_role, set_role
from services.circles.usecases.schedule import handle_schedule
from services.circles.usecases.screening import (
    answer_screening,
    approve_member,
    get_screening,
    list_pending_members,
    set_screening,
    stop_screening,
)
from services.circles.usecases.shows import list_shows
from services.circles.usecases.sign_out import sign_out_everywhere
from services.circles.usecases.staff import StaffProfile, get_user_profile, list_users
from services.circles.usecases.stream import MAX_GROUP, handle_changes, stream_steps
from services.circles.usecases.tags import get_tag, merge_tags, search_tags, sum_counted_changes
from services.circles.usecases.teasers import delete_teaser, get_teaser, list_teasers, request_to_join, set_teaser

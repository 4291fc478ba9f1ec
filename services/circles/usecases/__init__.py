"""What the circles service does, one function a verb."""

from services.circles.usecases.blocks import block_user, list_blocks, unblock_user
from services.circles.usecases.circles import activate_circle, apply_listing_changed, get_circle, list_circles, provision_circle
from services.circles.usecases.endings import close_circle, purge_circle, reopen_circle
from services.circles.usecases.exports import (
    create_export,
    get_export,
    get_export_part_url,
    get_exported_picture_url,
)
from services.circles.usecases.health import get_health, take_health
from services.circles.usecases.highlights import highlight_note, list_highlights, list_pins, pin_note, unpin_note
from services.circles.usecases.identities import apply_account_verified
from services.circles.usecases.joining import join_circle
from services.circles.usecases.members import (
    apply_account_status_changed,
    impose_member_sanction,
    leave_circle,
    list_members,
    lose_owner,
    pardon_member,
    set_role,
)
from services.circles.usecases.notes import (
    Words,
    add_comment,
    get_note,
    like_note,
    list_comments,
    list_notes,
    post_note,
    remove_note,
    report_comment,
    report_note,
    unlike_note,
)
from services.circles.usecases.passcodes import (
    issue_passcode,
    list_passcodes,
    quarantine_passcode,
    revoke_passcode,
    rotate_passcode,
)
from services.circles.usecases.pictures import create_upload, get_picture_url, take_picture
from services.circles.usecases.ports import Ports
from services.circles.usecases.presence import check_in, get_check_ins, make_up, record_views
from services.circles.usecases.recaps import get_digest_choice, get_recap, set_digest_choice
from services.circles.usecases.schedule import handle_schedule
from services.circles.usecases.screening import (
    answer_screening,
    approve_member,
    get_screening,
    list_pending,
    set_screening,
    stop_screening,
)
from services.circles.usecases.stream import GROUP, handle_changes
from services.circles.usecases.successions import get_ownership_offer, offer_ownership, take_answer, withdraw_ownership_offer
from services.circles.usecases.tags import get_tag, merge_tags, recount_tags, search_tags
from services.circles.usecases.teasers import delete_teaser, get_teaser, list_teasers, request_to_join, set_teaser
from services.circles.usecases.writing import (
    create_draft,
    delete_draft,
    list_drafts,
    list_revisions,
    publish_draft,
    update_draft,
    update_note,
)

__all__ = [
    "GROUP",
    "Ports",
    "Words",
    "activate_circle",
    "add_comment",
    "answer_screening",
    "apply_account_status_changed",
    "apply_account_verified",
    "apply_listing_changed",
    "approve_member",
    "block_user",
    "check_in",
    "close_circle",
    "create_draft",
    "create_export",
    "create_upload",
    "delete_draft",
    "delete_teaser",
    "get_check_ins",
    "get_circle",
    "get_digest_choice",
    "get_export",
    "get_export_part_url",
    "get_exported_picture_url",
    "get_health",
    "get_note",
    "get_ownership_offer",
    "get_picture_url",
    "get_recap",
    "get_screening",
    "get_tag",
    "get_teaser",
    "handle_changes",
    "handle_schedule",
    "highlight_note",
    "impose_member_sanction",
    "issue_passcode",
    "join_circle",
    "leave_circle",
    "like_note",
    "list_blocks",
    "list_circles",
    "list_comments",
    "list_drafts",
    "list_highlights",
    "list_members",
    "list_notes",
    "list_passcodes",
    "list_pending",
    "list_pins",
    "list_revisions",
    "list_teasers",
    "lose_owner",
    "make_up",
    "merge_tags",
    "offer_ownership",
    "pardon_member",
    "pin_note",
    "post_note",
    "provision_circle",
    "publish_draft",
    "purge_circle",
    "quarantine_passcode",
    "record_views",
    "recount_tags",
    "remove_note",
    "reopen_circle",
    "report_comment",
    "report_note",
    "request_to_join",
    "revoke_passcode",
    "rotate_passcode",
    "search_tags",
    "set_digest_choice",
    "set_role",
    "set_screening",
    "set_teaser",
    "stop_screening",
    "take_answer",
    "take_health",
    "take_picture",
    "unblock_user",
    "unlike_note",
    "unpin_note",
    "update_draft",
    "update_note",
    "withdraw_ownership_offer",
]

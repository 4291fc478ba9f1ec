"""What the circles service does, one function a verb."""

from services.circles.usecases.blocks import block_person, list_blocks, unblock_person
from services.circles.usecases.circles import activate_circle, keep_card, list_circles, provision_circle, read_circle
from services.circles.usecases.endings import close_circle, purge_circle, reopen_circle
from services.circles.usecases.exports import (
    read_export,
    show_exported_picture,
    show_part,
    start_export,
)
from services.circles.usecases.health import read_health, take_health
from services.circles.usecases.highlights import archive_note, list_archive, list_pins, pin_note, unpin_note
from services.circles.usecases.identities import keep_human
from services.circles.usecases.joining import join_circle
from services.circles.usecases.members import (
    keep_standing,
    leave_circle,
    list_members,
    lose_owner,
    pardon_member,
    sanction_member,
    set_role,
)
from services.circles.usecases.notes import (
    Words,
    add_comment,
    like_note,
    list_comments,
    list_notes,
    post_note,
    read_note,
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
from services.circles.usecases.pictures import offer_upload, show_picture, take_picture
from services.circles.usecases.ports import Ports
from services.circles.usecases.presence import check_in, make_up, read_check_ins, report_views
from services.circles.usecases.recaps import choose_digest, read_digest_choice, read_recap
from services.circles.usecases.schedule import run_schedule
from services.circles.usecases.screening import (
    admit_member,
    answer_screening,
    list_pending,
    read_screening,
    set_screening,
    stop_screening,
)
from services.circles.usecases.stream import GROUP, fold_changes
from services.circles.usecases.successions import offer_circle, read_offer, take_answer, withdraw_offer
from services.circles.usecases.tags import merge_tags, read_tag, recount_tags, search_tags
from services.circles.usecases.teasers import drop_teaser, list_teasers, read_teaser, request_to_join, set_teaser
from services.circles.usecases.writing import (
    drop_draft,
    edit_note,
    list_drafts,
    list_editions,
    publish_draft,
    save_draft,
    start_draft,
)

__all__ = [
    "GROUP",
    "Ports",
    "Words",
    "activate_circle",
    "add_comment",
    "admit_member",
    "answer_screening",
    "archive_note",
    "block_person",
    "check_in",
    "choose_digest",
    "close_circle",
    "drop_draft",
    "drop_teaser",
    "edit_note",
    "fold_changes",
    "issue_passcode",
    "join_circle",
    "keep_card",
    "keep_human",
    "keep_standing",
    "leave_circle",
    "like_note",
    "list_archive",
    "list_blocks",
    "list_circles",
    "list_comments",
    "list_drafts",
    "list_editions",
    "list_members",
    "list_notes",
    "list_passcodes",
    "list_pending",
    "list_pins",
    "list_teasers",
    "lose_owner",
    "make_up",
    "merge_tags",
    "offer_circle",
    "offer_upload",
    "pardon_member",
    "pin_note",
    "post_note",
    "provision_circle",
    "publish_draft",
    "purge_circle",
    "quarantine_passcode",
    "read_check_ins",
    "read_circle",
    "read_digest_choice",
    "read_export",
    "read_health",
    "read_note",
    "read_offer",
    "read_recap",
    "read_screening",
    "read_tag",
    "read_teaser",
    "recount_tags",
    "remove_note",
    "reopen_circle",
    "report_comment",
    "report_note",
    "report_views",
    "request_to_join",
    "revoke_passcode",
    "rotate_passcode",
    "run_schedule",
    "sanction_member",
    "save_draft",
    "search_tags",
    "set_role",
    "set_screening",
    "set_teaser",
    "show_exported_picture",
    "show_part",
    "show_picture",
    "start_draft",
    "start_export",
    "stop_screening",
    "take_answer",
    "take_health",
    "take_picture",
    "unblock_person",
    "unlike_note",
    "unpin_note",
    "withdraw_offer",
]

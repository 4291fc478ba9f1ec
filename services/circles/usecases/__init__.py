"""What the circles service does, one function a verb."""

from services.circles.usecases.circles import activate_circle, list_circles, provision_circle, read_circle
from services.circles.usecases.folds import fold_changes
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
from services.circles.usecases.screening import (
    admit_member,
    answer_screening,
    list_pending,
    read_screening,
    set_screening,
    stop_screening,
)

__all__ = [
    "Ports",
    "activate_circle",
    "add_comment",
    "admit_member",
    "answer_screening",
    "fold_changes",
    "issue_passcode",
    "join_circle",
    "keep_standing",
    "leave_circle",
    "like_note",
    "list_circles",
    "list_comments",
    "list_members",
    "list_notes",
    "list_passcodes",
    "list_pending",
    "lose_owner",
    "offer_upload",
    "pardon_member",
    "post_note",
    "provision_circle",
    "quarantine_passcode",
    "read_circle",
    "read_note",
    "read_screening",
    "remove_note",
    "report_comment",
    "report_note",
    "revoke_passcode",
    "rotate_passcode",
    "sanction_member",
    "set_role",
    "set_screening",
    "show_picture",
    "stop_screening",
    "take_picture",
    "unlike_note",
]

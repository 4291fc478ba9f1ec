"""The actions in a circle, the roles that can perform them, and their kinds: what a mute denies."""

from __future__ import annotations

from enum import StrEnum

from services.circles.domain.roles import Role
from services.shared.security.actions import ActionKind


class Action(StrEnum):
    """What a member can try to do in a circle."""

    READ = "read"
    POST_NOTE = "post_note"
    COMMENT = "comment"
    REPORT = "report"
    LIKE = "like"
    CHECK_IN = "check_in"
    LEAVE = "leave"
    SET_NICKNAME = "set_nickname"  # one for this circle
    EXPORT_OWN = "export_own"
    POST_WITHOUT_LIMITS = "post_without_limits"  # links, many pictures, many mentions
    INVITE = "invite"  # issue a passcode of few uses
    ISSUE_PASSCODE = "issue_passcode"
    LIST_PASSCODES = "list_passcodes"
    REVOKE_PASSCODE = "revoke_passcode"
    LIST_MEMBERSHIPS = "list_memberships"
    SANCTION = "sanction"
    APPROVE_MEMBER = "approve_member"
    REMOVE_NOTE = "remove_note"  # or a comment
    READ_REVISIONS = "read_revisions"
    HIGHLIGHT = "highlight"  # pin a note, or add it to the highlights
    READ_HEALTH = "read_health"
    READ_MODERATION_LOG = "read_moderation_log"
    SET_ROLE = "set_role"
    SET_SCREENING = "set_screening"
    SET_TEASER = "set_teaser"
    EDIT_PAGE = "edit_page"  # description, cover, and who sees the number of members
    PULL_BRAKE = "pull_brake"  # pause sales, together with other members
    RECEIVE_SUCCESSION = "receive_succession"  # be offered the circle of an absent owner
    ACTIVATE = "activate"
    TRANSFER = "transfer"
    CLOSE = "close"
    EXPORT_CIRCLE = "export_circle"
    CREATE_CAMPAIGN = "create_campaign"
    READ_CAMPAIGNS = "read_campaigns"
    STOP_CAMPAIGN = "stop_campaign"


_NEWCOMERS = frozenset(
    {
        Action.READ,
        Action.POST_NOTE,
        Action.COMMENT,
        Action.REPORT,
        Action.LIKE,
        Action.CHECK_IN,
        Action.LEAVE,
        Action.SET_NICKNAME,
        Action.EXPORT_OWN,
    }
)
_MEMBERS = _NEWCOMERS | {Action.POST_WITHOUT_LIMITS, Action.PULL_BRAKE}
_REGULARS = _MEMBERS | {Action.INVITE}
_MODERATORS = _REGULARS | {
    Action.ISSUE_PASSCODE,
    Action.LIST_PASSCODES,
    Action.REVOKE_PASSCODE,
    Action.LIST_MEMBERSHIPS,
    Action.SANCTION,
    Action.APPROVE_MEMBER,
    Action.REMOVE_NOTE,
    Action.READ_REVISIONS,
    Action.HIGHLIGHT,
    Action.READ_HEALTH,
    Action.READ_MODERATION_LOG,
}
_CO_OWNERS = (_MODERATORS - {Action.PULL_BRAKE}) | {
    Action.SET_ROLE,
    Action.SET_SCREENING,
    Action.SET_TEASER,
    Action.EDIT_PAGE,
    Action.RECEIVE_SUCCESSION,
}
PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.NEWCOMER: _NEWCOMERS,
    Role.MEMBER: _MEMBERS,
    Role.REGULAR: _REGULARS,
    Role.BUYER: _REGULARS,
    Role.MODERATOR: _MODERATORS,
    Role.CO_OWNER: _CO_OWNERS,
    Role.OWNER: frozenset(Action) - {Action.RECEIVE_SUCCESSION, Action.PULL_BRAKE},
}

KINDS: dict[Action, ActionKind] = {
    Action.READ: ActionKind.READ,
    Action.POST_NOTE: ActionKind.SPEAK,
    Action.COMMENT: ActionKind.SPEAK,
    Action.REPORT: ActionKind.SPEAK,
    Action.LIKE: ActionKind.PARTICIPATE,
    Action.CHECK_IN: ActionKind.PARTICIPATE,
    Action.LEAVE: ActionKind.OWN_DATA,
    Action.SET_NICKNAME: ActionKind.SPEAK,
    Action.EXPORT_OWN: ActionKind.ACCOUNT,
    Action.POST_WITHOUT_LIMITS: ActionKind.SPEAK,
    Action.INVITE: ActionKind.PARTICIPATE,
    Action.ISSUE_PASSCODE: ActionKind.PARTICIPATE,
    Action.LIST_PASSCODES: ActionKind.READ,
    Action.REVOKE_PASSCODE: ActionKind.MODERATE,
    Action.LIST_MEMBERSHIPS: ActionKind.READ,
    Action.SANCTION: ActionKind.MODERATE,
    Action.APPROVE_MEMBER: ActionKind.MODERATE,
    Action.REMOVE_NOTE: ActionKind.MODERATE,
    Action.READ_REVISIONS: ActionKind.READ,
    Action.HIGHLIGHT: ActionKind.MODERATE,
    Action.READ_HEALTH: ActionKind.READ,
    Action.READ_MODERATION_LOG: ActionKind.READ,
    Action.SET_ROLE: ActionKind.MODERATE,
    Action.SET_SCREENING: ActionKind.SPEAK,
    Action.SET_TEASER: ActionKind.SPEAK,
    Action.EDIT_PAGE: ActionKind.SPEAK,
    Action.PULL_BRAKE: ActionKind.PARTICIPATE,
    Action.RECEIVE_SUCCESSION: ActionKind.PARTICIPATE,
    Action.ACTIVATE: ActionKind.PARTICIPATE,
    Action.TRANSFER: ActionKind.PARTICIPATE,
    Action.CLOSE: ActionKind.OWN_DATA,
    Action.EXPORT_CIRCLE: ActionKind.OWN_DATA,
    Action.CREATE_CAMPAIGN: ActionKind.SPEAK,  # its message brings the teaser to users who did not look for it
    Action.READ_CAMPAIGNS: ActionKind.READ,
    Action.STOP_CAMPAIGN: ActionKind.OWN_DATA,
}

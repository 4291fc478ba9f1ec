"""The tags that group the operations: an operation has the tag of the last noun in its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The nouns of paths with each tag, and what the tag groups.
TAGS: dict[str, tuple[str, str]] = {
    "appeals": (
        "account-status take-downs appeals appeal",
        "The own account status and take-downs, and appeals against decisions of reviewers.",
    ),
    "applications": ("applications cohort questions tenure identity", "Applications to own a circle, and tenures."),
    "blocks": ("blocks", "Users that a user has blocked."),
    "campaigns": (
        "campaigns campaign-consent",
        "Invitations of people who read about the topics of a circle, in numbers; and the consent to them.",
    ),
    "cases": ("cases reports", "Reports of content, and the cases that reviewers decide."),
    "check-ins": ("check-ins", "Daily check-ins of members."),
    "circles": ("circles", "Circles: activation, health, digest, recap and closing."),
    "coupons": ("coupons coupon-claims", "Coupons that sellers issue and members claim."),
    "drafts": ("drafts", "Drafts of notes."),
    "disputes": ("disputes dispute-cases ruling", "Disputes of orders, and the rulings of reviewers."),
    "exports": ("exports", "Data exports of a member, of an account or of a whole circle."),
    "ledger": ("ledger", "Balances of the ledger, for operators."),
    "listings": ("listings", "What members and the circle's shop sell."),
    "members": (
        "members membership memberships join-requests moderation-log",
        "Joining and leaving, roles, sanctions and the moderation log of a circle.",
    ),
    "messages": ("messages read-marker socket-tickets", "Messages of rooms, and tickets for the WebSocket API."),
    "notes": ("notes comments highlights pins views", "Notes with their comments, likes, pins and highlights."),
    "notifications": (
        "notifications notification-preferences push-key push-subscriptions unread",
        "Notifications with their preferences, and web pushes.",
    ),
    "orders": ("orders sales payment-events", "Orders from reservation to receipt, and their payment."),
    "passcodes": ("passcodes", "Passcodes, with which users join a circle."),
    "payouts": (
        "payouts payout-account desks statements approval rejection cancellation",
        "Payouts to sellers and owners, their desks, and statements.",
    ),
    "people": ("me people sign-out avatars deletion", "The caller's profile, sign-ins and deletion; the people of a circle."),
    "pictures": ("pictures", "Uploads of pictures."),
    "review queue": ("review-queue decisions claim handover assessments audit metrics reviewers", "The work of reviewers."),
    "product metrics": ("product-metrics", "What members do, in numbers, by month."),
    "returns": ("returns", "Returns of what was bought."),
    "rooms": ("rooms", "Rooms of a circle, and their pinned messages."),
    "sanctions": ("sanction sanction-record", "Sanctions of the platform."),
    "screening": ("screening pending-members", "Questions for newcomers, and their approval."),
    "service": ("health openapi", "State and document of a service; both need no token."),
    "settings": ("settings", "Settings and flags of a service, for operators."),
    "successions": ("successions ownership-offer", "Changes of a circle's owner."),
    "staff": ("staff record profile", "What reviewers and operators read about a user."),
    "tags": ("tags", "The taxonomy of topics."),
    "teasers": ("teaser teasers", "What a circle publishes about itself."),
    "transparency": ("transparency", "What the platform decided, by month."),
}
TAG_OF = {noun: tag for tag, (nouns, _) in TAGS.items() for noun in nouns.split()}
PUBLIC = ("/health/", "/openapi/")


def tag_of(template: str) -> str:
    """Return the tag of a path. Raises: LookupError (none of its nouns has a tag)."""
    if template.startswith(PUBLIC):
        return "service"
    nouns = [segment for segment in template.split("/") if segment in TAG_OF and segment not in ("health", "openapi")]
    if not nouns:
        raise LookupError(f"{template}: add a noun of the path to services/shared/http/openapi/tags.py")
    return TAG_OF[nouns[-1]]


def tags_of(paths: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the tags of a document's operations, with their descriptions."""
    used = {tag for item in paths.values() for spec in item.values() for tag in spec["tags"]}
    return [{"name": tag, "description": TAGS[tag][1]} for tag in sorted(used)]

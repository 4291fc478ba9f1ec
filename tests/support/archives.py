"""Which items of all tables are a user's own, and which of them are in no archive, with the reason."""

from __future__ import annotations

import re

from services.circles.repository.export_lines import ENDED, PAST_STATES
from services.commerce.repository.carts import LINE as CART_LINE
from services.commerce.repository.orders import LINE
from services.commerce.repository.touches import exported_cards
from services.shared.exports.format import Line
from services.shared.security.auth import Caller
from services.shared.table.items import Item
from tests.support.filled_circle import FilledCircle, as_text

# Attributes that name a user who did not write the item: it is the item of another user.
MENTIONS = {
    ("circles", "CIRCLE#LIKES", "LIKE"): {"author"},
    ("circles", "CIRCLE#USER", "RECEIPT"): {"seller"},
    ("circles", "CIRCLE#NOTE", "COMMENT"): {"note_author", "parent_author"},
    ("circles", "CIRCLE", "NOTE"): {"likers"},
    ("circles", "CIRCLE", "MEMBER"): {"invited_by", "audit", "role_proposal", "sanction", "mute"},
    ("circles", "USER", "BLOCKS"): {"blocked"},
    ("commerce", "BUYER", "ORDER"): {"owner_id"},
    ("commerce", "BUYER", "ATTRIBUTION"): {"owner_id", "seller_id", "winners"},
    ("commerce", "LEDGER", "ENTRY"): {"buyer_id"},
    ("commerce", "BUYER", "DISPUTE"): {"owner_id"},
    ("circles", "CIRCLE", "REPORT"): {"author"},
    ("chat", "CIRCLE", "REPORT"): {"author"},
    ("chat", "CIRCLE#ROOM", "MSG"): {"mentions"},
    ("commerce", "CIRCLE", "REPORT"): {"author"},
}
REPORTED = "the report is exported by review, which has it with its outcome"
LIMIT = "a rate limit: technical, expires"
CHECK = "the check of an upload: technical, expires; the picture is exported with what shows it"
COPY = "a copy of what circles exports"
ACCOUNT = "of the account, not of this circle"
READS = "what a seller read of buyers, which audits the seller"
LEDGER = "of the platform; its amounts follow from orders and sales"
SUMS = "technical: sums and an index of ledger entries, which the archive of the account has"
# Items that name the user and are in no archive of a circle, with the reason.
EXCLUDED = {
    ("review", "DISPUTE", "DISPUTE"): "acts of reviewers; the dispute is a line of commerce",
    ("circles", "CIRCLE", "CIRCLE"): "of the circle; names its owner",
    ("circles", "CIRCLE", "REPORT"): REPORTED,
    ("circles", "CIRCLE", "LISTING"): "a copy of what commerce exports",
    ("circles", "CIRCLE#HIGHLIGHTS", "HIGHLIGHT"): "a copy of the note, for the search",
    ("circles", "CIRCLE#USER", "LIMIT"): LIMIT,
    ("circles", "CIRCLE#USER", "LATEST_EXPORT"): "technical: which export is the latest",
    ("circles", "CIRCLE#USER", "EXPORT"): "the export itself",
    ("circles", "PICTURES", "PICTURE"): CHECK,
    ("chat", "PICTURES", "PICTURE"): CHECK,
    ("commerce", "PICTURES", "PICTURE"): CHECK,
    ("circles", "UPLOADER", "MINUTE"): LIMIT,
    ("circles", "CONTACTED", "MESSAGE"): "when a campaign sent the user a message: technical, expires; the message is exported",
    ("circles", "INTEREST", "USER"): "an index of the interests, which the consent has",
    ("chat", "UPLOADER", "MINUTE"): LIMIT,
    ("commerce", "UPLOADER", "MINUTE"): LIMIT,
    ("circles", "USER", "LIMIT"): LIMIT,
    ("circles", "USER", "ACCOUNT_STATUS"): ACCOUNT,
    ("chat", "IDENTITY", "USER"): ACCOUNT,
    ("circles", "IDENTITY", "USER"): ACCOUNT,
    ("circles", "GUESSER", "ATTEMPTS"): LIMIT,
    ("circles", "AUDIT#CIRCLE", ""): "hashes of acts of moderators",
    ("circles", "CIRCLE#MODERATION_LOG", ""): "acts of moderators",
    ("circles", "HEADS", "CIRCLE"): "hashes of acts of moderators",
    ("chat", "CIRCLE", "CIRCLE"): "of the circle; names its owner",
    ("chat", "ACTIVE", ""): "that a message, which is exported, was sent on that day; expires",
    ("chat", "AUDIT#CIRCLE", ""): "hashes of acts of moderators",
    ("chat", "CIRCLE", "ACTS"): "acts of moderators; their chain",
    ("chat", "CIRCLE#ROOM", "REVISION"): "what was recalled or removed: for moderators; what was edited is exported",
    ("chat", "CIRCLE", "LISTING"): "a copy of what commerce exports",
    ("chat", "CIRCLE", "ROOM"): "of the room; its head repeats the last message, which is exported",
    ("chat", "CIRCLE", "REPORT"): REPORTED,
    ("chat", "CIRCLE", "MODERATOR"): COPY,
    ("chat", "SUBJECT", ""): "a notification: kinds and ids of what is exported, or of the account; expires",
    ("chat", "USER", "NOTIFICATIONS"): ACCOUNT,
    ("chat", "USER", "PUSH_SUBSCRIPTION"): ACCOUNT,
    ("chat", "BROWSER", "BROWSER"): ACCOUNT,
    ("chat", "PUSHES", ""): "technical: when the next web push is due",
    ("chat", "USER", "CIRCLE"): COPY,
    ("chat", "BLOCKS", "BLOCKS"): COPY,
    ("chat", "USER", "LIMIT"): LIMIT,
    ("chat", "USER", "ACCOUNT_STATUS"): ACCOUNT,
    ("commerce", "CIRCLE", "CIRCLE"): "of the circle; names its owner",
    ("commerce", "CIRCLE", "MEMBER"): COPY,
    ("commerce", "CIRCLE", "REPORT"): REPORTED,
    ("commerce", "LEDGER", "ENTRY"): LEDGER,
    ("commerce", "BALANCES", "CNY"): LEDGER,
    ("commerce", "FIGURES#CNY", ""): SUMS,
    ("commerce", "LEDGER", "COUNTED"): SUMS,
    ("commerce", "TRADES", ""): "technical: keyed hashes, which show only whether two orders have the same; expires",
    ("commerce", "BLOCKS", "BLOCKS"): COPY,
    ("commerce", "USER", "LIMIT"): LIMIT,
    ("commerce", "OPEN", ""): LIMIT,
    ("commerce", "USER", "ACCOUNT_STATUS"): ACCOUNT,
    ("commerce", "USER", "ADDRESSES"): ACCOUNT,
    ("commerce", "BUYER", "ADDRESS"): ACCOUNT,
    ("commerce", "READER", "ACCESS_LOG"): READS,
    ("commerce", "AUDIT#READER", ""): READS,
    ("commerce", "HEADS", "READER"): READS,
    ("review", "CASE", "CASE"): "a case of the platform about content; the content itself is exported",
    ("review", "CASE", "REPORTER"): "as the subject: the report of another user",
    ("review", "APPLICATION", "TENURE"): "an office of the platform",
    ("review", "IDENTITY", "APPLICANT"): ACCOUNT,
    ("review", "USER", "IDENTITY"): ACCOUNT,
    ("review", "USER", "CIRCLE"): COPY,
    ("review", "USER", "INVITER"): COPY,
    ("review", "USER", "TRADE"): "a copy: whom the user traded with",
    ("review", "USER", "LIMIT"): LIMIT,
    ("review", "USER", "ACCOUNT_STATUS"): ACCOUNT,
    ("review", "COUNTED", "USER"): "technical: that a sanction was counted, without its content",
    ("review", "AUDIT#APPLICATION", ""): "hashes of steps of the application",
    ("review", "AUDIT#USER", ""): "hashes of sanctions of the platform",
    ("review", "HEADS", "USER"): "hashes of sanctions of the platform",
    **{(service, "EXPORT", "PARTS"): "the export itself" for service in ("chat", "commerce", "review")},
}


# The kinds of lines that only the archive of an account has.
OF_ACCOUNT = {
    ("circles", "deletion"),
    *(("chat", kind) for kind in ("notification_preferences", "push_subscription")),
    *(
        ("commerce", kind)
        for kind in ("payment", "ledger_entry", "balance", "payout", "payout_account", "address", "order_address")
    ),
    *(("review", kind) for kind in ("account_status", "sanction", "identity", "applicant")),
}
PARTS = "the export itself"
# Items that name the user and are in no archive of the account, with the reason. All others are in it.
EXCLUDED_OF_ACCOUNT = {
    **{kind: reason for kind, reason in EXCLUDED.items() if reason not in (ACCOUNT, LEDGER)},
    ("chat", "CIRCLE", "PENDING"): COPY,
    ("chat", "BROWSER", "BROWSER"): "technical: to whom a browser belongs; its subscription is exported",
    ("circles", "USER", "LATEST_EXPORT"): "technical: which export is the latest",
    ("circles", "USER", "EXPORT"): PARTS,
    ("circles", "BANNED", "CIRCLE"): "an act of moderators: that the identity is banned, for its other users",
    ("circles", "REQUESTER", "DAY"): LIMIT,
    ("commerce", "DELETION", "CHECK"): "a copy of what circles exports",
    ("circles", "USER", "ACCOUNT_STATUS"): "a copy of what review exports",
    ("chat", "IDENTITY", "USER"): "a copy of what review exports",
    ("circles", "IDENTITY", "USER"): "a copy of what review exports",
    ("chat", "USER", "ACCOUNT_STATUS"): "a copy of what review exports",
    ("commerce", "USER", "ACCOUNT_STATUS"): "a copy of what review exports",
}


def is_account_line_of(line: Line, service: str, item: Item) -> bool:
    """Whether a line of an account's archive has what the item has, also one that has only a part of it."""
    if line["kind"] == "ledger_entry":
        return service == "commerce" and line["order_id"] == item.get("order_id") and line["reason"] == item.get("reason")
    if line["kind"] == "balance":
        key = (f"{line['ledger_account']}#{line['currency']}", line["balance"])
        return item["pk"].startswith("BALANCES#") and (item["sk"], item.get("balance")) == key
    if line["kind"] == "address":
        return item["sk"] == "ADDRESSES" and line["id"] in [entry[0] for entry in item["entries"]]
    if line["kind"] == "order_address":
        return str(item["sk"]) == f"ADDRESS#{line['order_id']}"
    if line["kind"] == "identity":
        item = {**item, "verified_at": item.get("version")}
    if line["kind"] == "membership" and item.get("state") in PAST_STATES:
        item = {**item, "state": ENDED}
    if line["kind"] == "applicant" and not item["pk"].startswith("IDENTITY#"):
        return False
    return is_line_of(line, service, item)


IDS_IN_KEYS = {"circle_id", "room_id", "note_id", "case_id"}


def kind_of(service: str, item: Item) -> tuple[str, str, str]:
    pk, sk = ("#".join(part for part in re.split("#", item[key]) if re.fullmatch(r"[A-Z_|]+", part)) for key in ("pk", "sk"))
    return service, pk, sk


def items_naming(filled: FilledCircle, user: Caller) -> list[tuple[tuple[str, str, str], Item]]:
    """Return the items of all tables that name a user elsewhere than as a mention in an item of another user."""
    found = []
    for service, item in filled.items():
        kind = kind_of(service, item)
        names = {name for name, value in item.items() if user.user_id in as_text(value)}
        if names - MENTIONS.get(kind, set()):
            found.append((kind, item))
    return found


OF_PAGE = ("description", "pictures", "options", "state")


def _is_line_of_page(line: Line, item: Item) -> bool:
    """Whether the line of a listing has what its page has."""
    ids = [picture["id"] for picture in line.get("pictures", ())]
    is_same = [each[0] for each in item.get("pictures", ())] == ids and item["description"] == line.get("description", "")
    return item["sk"] == f"PAGE#{line['id']}" and is_same


def is_line_of(line: Line, service: str, item: Item) -> bool:
    """Whether a line has only what the item has: its attributes, and ids that are in its keys."""
    if line["kind"] == "listing" and item["sk"].startswith("PAGE#"):
        return service == "commerce" and _is_line_of_page(line, item)
    if line["kind"] == "listing":
        line = {name: value for name, value in line.items() if name not in OF_PAGE}
    content = item.get("content")
    whole = {**(content if isinstance(content, dict) else {}), **item, "channel": item.get("kind")}
    if line["kind"] == "message" and "pictures" in item:  # stored without names
        whole["pictures"] = [dict(zip(("id", "type", "width", "height"), each, strict=True)) for each in item["pictures"]]
    if line["kind"] in ("order", "sale") and item["sk"].startswith("ORDER#"):
        whole["lines"] = [dict(zip(LINE, each, strict=True)) for each in item["lines"]]
    whole |= exported_cards(item)
    if line["kind"] == "cart" and "wanted" in item:
        whole["lines"] = [dict(zip(CART_LINE, each, strict=True)) for each in item["wanted"]]
    if line["kind"] == "message" and item.get("kind") in ("recalled", "removed"):
        whole["state"] = item["kind"]
    if line["kind"] == "reaction" and item["sk"].startswith("REACTION#"):
        whole |= {"reactions": item["reactions"].split(), "seq": int(item["sk"].rpartition("#")[2])}
    not_stored = ("service", "kind", "outcome", *(["circle_id"] if line["kind"] in ("read_marker", "application") else []))
    said = {name: value for name, value in line.items() if name not in not_stored}
    in_keys = all(
        str(value) in f"{item['pk']} {item['sk']}" for name, value in said.items() if name in IDS_IN_KEYS - whole.keys()
    )
    equal = all(whole.get(name) == value for name, value in said.items() if name not in IDS_IN_KEYS - whole.keys())
    return line["service"] == service and in_keys and equal

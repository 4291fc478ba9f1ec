"""What actors read or are pushed over the real API, and must not; and counts of it that are wrong.

Each function yields a line per flaw.
"""

from __future__ import annotations

from typing import Any

from services.chat.domain.socket import user_code
from simulation.soak.judging.state import Flaws, Judged, circle_of, is_down

READS = ("get_circle", "list_notes", "list_pins", "list_highlights", "list_rooms", "list_messages", "list_listings")
MAX_READERS, MAX_UNREAD = 8, 99


def reads_of_removed_users(at: Judged) -> Flaws:
    removed = [
        key
        for key, member in at.members.items()
        if member["state"] in ("left", "kicked", "banned") and key[1] in at.soak.by_user_id
    ]
    for circle_id, user_id in at.soak.randomness.sample(removed, min(MAX_READERS, len(removed))):
        ids = {"circle_id": circle_id, "room_id": f"rom_{circle_id.removeprefix('cir_')}"}
        for name in READS:
            status, body = at.read(at.soak.by_user_id[user_id], name, ids)
            is_suspended = status == 403 and body["type"].endswith(":account-suspended")
            if status not in (401, 404) and not is_suspended:
                yield f"{user_id}, {at.members[circle_id, user_id]['state']}, gets {status} from {name} of {circle_id}"


def pushes_to_removed_users(at: Judged) -> Flaws:
    yield from at.soak.observed.take("pushes")
    user_ids = {user_code(user_id): user_id for _, user_id in at.members}
    for item in at.with_keys("chat", "S#"):
        room_id, user_id = f"rom_{item['pk'].removeprefix('S#')}", user_ids[item["sk"].partition("#")[0]]
        circle_id = at.soak.circle_of(room_id)
        if at.members[circle_id, user_id]["state"] != "member":
            yield f"{user_id} is {at.members[circle_id, user_id]['state']} and still subscribed to {circle_id}"


def wrong_unread_counts(at: Judged) -> Flaws:
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for _, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        status, rooms = at.read(at.soak.by_user_id[user_id], "list_own_rooms", {}, "limit=50")
        for room in rooms["items"] if status == 200 else ():
            ids = {"circle_id": room["circle_id"], "room_id": room["room_id"]}
            after_marker = f"after_seq={room['read_seq']}&limit=100"
            status, history = at.read(at.soak.by_user_id[user_id], "list_messages", ids, after_marker)
            shown = history["items"] if status == 200 else ()
            unread = sum(each["sender"] not in (None, user_id) for each in shown)
            if room["unread"] != min(unread, MAX_UNREAD):
                yield f"{user_id} sees {room['unread']} unread in {room['room_id']}, there are {unread}"


def wrong_last_messages(at: Judged) -> Flaws:
    """Yield each room whose last message in a chat list is not the newest one that its history shows.

    A page of hidden messages alone decides nothing: the list can show an older one.
    """
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for _, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        status, rooms = at.read(at.soak.by_user_id[user_id], "list_own_rooms", {}, "limit=50")
        for room in rooms["items"] if status == 200 else ():
            ids = {"circle_id": room["circle_id"], "room_id": room["room_id"]}
            status, history = at.read(at.soak.by_user_id[user_id], "list_messages", ids, "limit=100")
            kinds = {each["seq"]: each["kind"] for each in history["items"]} if status == 200 else {}
            shown = [seq for seq, kind in kinds.items() if kind in ("text", "card", "pictures")]
            listed = room["last_message"]["seq"] if room["last_message"] else None
            is_open = not shown and "hidden" in kinds.values()
            if status == 200 and not is_open and listed != max(shown, default=None):
                yield f"{room['room_id']} has {listed} as its last message for {user_id}, and {shown[-3:]} in its history"


def gaps_in_rooms(at: Judged) -> Flaws:
    """Yield each room in which its owner misses a number. What a retention or the history for newcomers leaves out is first."""
    for room_id, room in at.rooms.items():
        circle_id = circle_of(room)
        owner = at.soak.by_user_id.get(at.circles[circle_id]["owner"])
        if owner is None:
            continue
        status, history = at.read(owner, "list_messages", {"circle_id": circle_id, "room_id": room_id}, "after_seq=0&limit=100")
        numbers = [each["seq"] for each in history["items"]] if status == 200 else []
        is_whole = not room.get("purged_to") and not room.get("retention_days") and room.get("earlier_for_newcomers", True)
        first = 1 if is_whole else min(numbers, default=1)
        if numbers != list(range(first, first + len(numbers))):
            yield f"{room_id}: {numbers}"


def traded_though_ended(at: Judged) -> Flaws:
    """Yield each listing that a member can buy by the shop or a card, and must not: by circles and review, not by copies."""
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for circle_id, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        actor, ids = at.soak.by_user_id[user_id], {"circle_id": circle_id, "room_id": f"rom_{circle_id.removeprefix('cir_')}"}
        shown = {"list_listings": at.read(actor, "list_listings", ids)}
        shown |= {name: at.read(actor, name, ids) for name in ("list_notes", "list_messages")}
        for name, (status, page) in shown.items():
            items = page["items"] if status == 200 else ()
            cards = items if name == "list_listings" else [card for item in items for card in cards_of(item)]
            for listing_id in sorted({card["listing_id"] for card in cards if card["on_sale"]}):
                if reason := at.sale_ended(circle_id, listing_id, user_id):
                    yield f"{user_id} can buy {listing_id} by {name} of {circle_id}: {reason}"


def cards_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the product cards of a note or of a message."""
    return [card for card in (*item.get("cards", ()), item.get("card")) if card]


def notified_of_what_ended(at: Judged) -> Flaws:
    """Yield each notification about a note or comment that its reader cannot see: by circles, not by the copies of chat."""
    ended = {
        item["id"]
        for prefix in ("NOTE#", "COMMENT#")
        for item in at.with_keys("circles", "CIRCLE#", prefix)
        if item.get("state", "visible") != "visible"
    }
    readers = sorted(at.soak.by_user_id)
    for user_id in at.soak.randomness.sample(readers, min(MAX_READERS, len(readers))):
        status, page = at.read(at.soak.by_user_id[user_id], "list_notifications", {}, "limit=50")
        for shown in page["items"] if status == 200 else ():
            if shown["kind"] not in ("comment", "reply", "like"):
                continue
            if at.members[shown["circle_id"], user_id]["state"] != "member":
                yield f"{user_id}, no member of {shown['circle_id']}, is notified of {shown['subject_id']}"
            if ended & {shown["note_id"], shown["comment_id"]}:
                yield f"{user_id} is notified of {shown['subject_id']}, which has ended"


def texts_that_were_deleted(at: Judged) -> Flaws:
    """Yield each deleted note or comment whose text, or an earlier one, is stored."""
    deleted = {item["id"] for item in at.with_keys("circles", "CIRCLE#") if item.get("state") == "deleted" and "author" in item}
    for item in at.with_keys("circles", "CIRCLE#"):
        kind, _, rest = item["sk"].partition("#")
        subject = {"NOTE": rest, "COMMENT": rest, "COMMENT_REVISION": rest.partition("#")[0]}.get(kind, "")
        subject = item["pk"].rpartition("#")[2] if kind == "REVISION" else subject
        if subject in deleted and item["text"]:
            yield f"{item['pk']} {item['sk']} has a text"


def shown_though_removed(at: Judged) -> Flaws:
    notes = at.with_keys("circles", "CIRCLE#", "NOTE#")
    removed = {note["id"] for note in notes if note["state"] != "visible" or is_down(note)}
    blocks = {item["pk"].removeprefix("USER#"): item for item in at.with_keys("circles", "USER#", "BLOCKS")}
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for circle_id, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        for name in ("list_notes", "list_pins", "list_highlights"):
            status, page = at.read(
                at.soak.by_user_id[user_id], name, {"circle_id": circle_id}, "limit=100" if name != "list_pins" else ""
            )
            blocked = blocks.get(user_id, {"blocked": ()})["blocked"]
            for note in page["items"] if status == 200 else ():
                if note["note_id"] in removed or note["author"] in blocked:
                    yield f"{name} of {circle_id} shows {note['note_id']} to {user_id}"

"""Rooms with their settings, reactions to messages, and the files of their pictures.

Each function yields a line per flaw.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from services.shared.table.items import Item
from simulation.soak.actors import Actor
from simulation.soak.judging.reading import MAX_READERS
from simulation.soak.judging.state import Flaws, Judged, differing, is_down

DAY = 86_400_000  # milliseconds
WITH_CONTENT = ("text", "card", "pictures")
PAGES = (("list_messages", "limit=100"), ("list_messages", "after_seq=0&limit=100"), ("list_pinned_messages", ""))
COUNT = "reaction_"  # begins the attributes of a message that count reactions


def shown_after_their_retention(at: Judged) -> Flaws:
    def since(room: Item, _: Item) -> int:
        days = room.get("retention_days", 0)
        return at.now - days * DAY if days else 0

    return _shown_before(at, since)


def shown_before_joining(at: Judged) -> Flaws:
    def since(room: Item, member: Item) -> int:
        joined = member.get("member_since") or member["joined_at"]
        return 0 if room.get("earlier_for_newcomers", True) else int(joined)

    return _shown_before(at, since)


def _shown_before(at: Judged, since_of: Callable[[Item, Item], int]) -> Flaws:
    """Yield each message that a member is shown in a room and that was sent before a moment. since_of: 0 for no moment."""
    cases = [
        (room_id, room, member, since)
        for room_id, room in at.rooms.items()
        for (circle_id, user_id), member in at.members.items()
        if room["pk"] == f"CIRCLE#{circle_id}" and member["state"] == "member" and user_id in at.soak.by_user_id
        if (since := since_of(room, member))
    ]
    for room_id, room, member, since in at.soak.randomness.sample(cases, min(MAX_READERS, len(cases))):
        ids = {"circle_id": room["pk"].removeprefix("CIRCLE#"), "room_id": room_id}
        sent_at = {item["seq"]: item["sent_at"] for item in at.with_keys("chat", f"{room['pk']}#ROOM#{room_id}", "MSG#")}
        for where, seq in _shown_to(at, at.soak.by_user_id[member["user_id"]], ids):
            if sent_at.get(seq, 0) < since:
                yield f"{member['user_id']} is shown {seq} of {room_id} as {where}, of {sent_at.get(seq)}, before {since}"


def _shown_to(at: Judged, reader: Actor, ids: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the number of each message of a room that a member is shown, and where. Voids can be stored by the reading."""
    for name, query in PAGES:
        status, page = at.read(reader, name, ids, query)
        for message in page["items"] if status == 200 else ():
            if message["kind"] != "void":
                yield name, message["seq"]
            if (answered := message["answered"]) and (answered["sender"] or answered["text"]):
                yield "answered", answered["seq"]
    status, rooms = at.read(reader, "list_own_rooms", {}, "limit=100")
    own = (room for room in (rooms["items"] if status == 200 else ()) if room["room_id"] == ids["room_id"])
    yield from (("last message", room["last_message"]["seq"]) for room in own if room["last_message"])


def wrong_topics(at: Judged) -> Flaws:
    for circle_id, topics in at.topics.items():
        lobby = at.lobby_of(circle_id)
        is_open: dict[bool, set[str]] = defaultdict(set)
        for room_id in topics:
            is_open[not at.rooms[room_id].get("is_archived", False)].add(room_id)
        if set(lobby.get("topics", ())) != is_open[True] or len(lobby.get("topics", ())) != len(is_open[True]):
            yield f"the lobby of {circle_id} lists {lobby.get('topics', ())}, open are {sorted(is_open[True])}"
        if lobby.get("archived_topics", 0) != len(is_open[False]):
            yield f"the lobby of {circle_id} counts {lobby.get('archived_topics', 0)} archived, there are {is_open[False]}"


def wrong_circle_states(at: Judged) -> Flaws:
    names = {"read_only": "read_only", "read_only_until": "read_only_until", "circle_version": "version"}
    circles = {item["pk"]: item for item in at.with_keys("chat", "CIRCLE#", "CIRCLE")}
    for room_id, room in at.rooms.items():
        yield from differing(f"chat {room_id}", circles.get(room["pk"], {}), room, names)


def wrong_reactions(at: Judged) -> Flaws:
    reacted: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for item in at.with_keys("chat", "CIRCLE#", "REACTION#"):
        reacted[item["pk"], int(item["sk"].rpartition("#")[2])].update(item["reactions"].split())
    for message in at.messages:
        counts = {name.removeprefix(COUNT): count for name, count in message.items() if name.startswith(COUNT) and count}
        wanted = reacted[message["pk"], message["seq"]] if message["kind"] in WITH_CONTENT else {}
        if counts != wanted:
            yield f"{message['pk']} {message['seq']}, {message['kind']}, counts {counts}, there are {dict(wanted)}"


def reachable_files(at: Judged) -> Flaws:
    """Yield each file that an address reaches and whose message is not shown. An upload that no message had yet is left out."""
    shown = {picture for message in at.messages if _is_shown(message) for picture in _pictures_of(message)}
    ever = _messages_by_picture(at)
    for object_key in at.soak.driver.chat_bucket.files:
        folder, _, rest = object_key.partition("/")
        picture_id = rest.rpartition("/")[2]
        if folder in ("shown", "thumb") and picture_id in ever and picture_id not in shown:
            yield f"{object_key} of {ever[picture_id]}"


def pictures_of_two_messages(at: Judged) -> Flaws:
    for picture_id, messages in _messages_by_picture(at).items():
        if len(messages) > 1:
            yield f"{picture_id} belongs to {sorted(messages)}"


def _messages_by_picture(at: Judged) -> dict[str, set[tuple[str, str]]]:
    """Return the keys of all messages that ever had each picture."""
    messages: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for _, new in at.soak.driver.tables["chat"].stream:
        if new and new["sk"].startswith("MSG#"):
            for picture_id in _pictures_of(new):
                messages[picture_id].add((new["pk"], new["sk"]))
    return messages


def _is_shown(message: Item) -> bool:
    return message["kind"] in WITH_CONTENT and not is_down(message)


def _pictures_of(message: Item) -> list[Any]:
    return [picture[0] for picture in message.get("pictures", ())]

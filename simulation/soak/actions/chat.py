"""Actions of members in rooms: over HTTP, and over sockets that open, subscribe, send and close."""

from __future__ import annotations

import json
from typing import Any

from services.chat.app.frames import on_socket
from services.shared.table.port import Throttled, TransactionConflict
from simulation.soak.actions.rooms import room_ids, room_in
from simulation.soak.actors import Actor
from simulation.soak.faults import Died
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

MANY = 8  # messages at one moment


def send_message(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        ids, actor = room_in(soak, circle_id), soak.someone_in(circle_id)
        response = soak.call(actor, "send_message", ids, message_body(soak, ids))
        if response and response.status == 201:
            soak.learn("messages", (circle_id, ids["room_id"], response.body["seq"]))


def send_many_messages(soak: Soak) -> None:
    """Several members of one network send at the same moment: some of them are pushed together, some exceed a limit."""
    if circle_id := soak.recent("circles", among=2):
        ids = room_in(soak, circle_id)
        for _ in range(MANY):
            soak.call(soak.someone_in(circle_id), "send_message", ids, message_body(soak, ids))


def message_body(soak: Soak, ids: dict[str, str]) -> dict[str, Any]:
    circle_id, room_id = ids["circle_id"], ids["room_id"]
    last = max((seq for _, room, seq in soak.known("messages", 60) if room == room_id), default=0)
    listings = [listing for circle, listing in soak.known("listings", 20) if circle == circle_id]
    body = {"client_msg_id": soak.mark(), "after_seq": last if soak.chance(0.7) else 0, "text": soak.text("大家早")}
    listing_id = soak.choose(listings) if soak.chance(0.15) else None
    mentions = [soak.someone_in(circle_id).user_id] if soak.chance(0.2) else []
    reply = {"reply_to": last} if last and soak.chance(0.2) else {}
    return {**body, **reply, "mentions": mentions, **({"listing_id": listing_id} if listing_id else {})}


def list_messages(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.someone_in(circle_id), "list_messages", room_in(soak, circle_id), query="after_seq=0&limit=100")


def mark_read(soak: Soak) -> None:
    if message := soak.recent("messages"):
        soak.call(soak.someone_in(message[0]), "mark_read", room_ids(*message[:2]), {"seq": message[2]})


def pin_message(soak: Soak) -> None:
    if message := soak.recent("messages"):
        name = "pin_message" if soak.chance(0.7) else "unpin_message"
        soak.call(soak.staff_of(message[0]), name, _ids_of(message))


def update_message(soak: Soak) -> None:
    """The sender edits a message, or another member tries to."""
    if message := soak.recent("messages"):
        by = _sender_of(soak, message)

        def pick(page: Any) -> Any:
            return next((each for each in page["items"] if each["seq"] == message[2]), None)

        etag = etag_of(soak, by, "list_messages", room_ids(*message[:2]), pick)
        soak.call(by, "update_message", _ids_of(message), {"text": soak.text("改过的")}, etag=etag)


def recall_message(soak: Soak) -> None:
    if message := soak.recent("messages"):
        by = _sender_of(soak, message)
        soak.call(by if soak.chance(0.9) else soak.someone_in(message[0]), "recall_message", _ids_of(message))


def react(soak: Soak) -> None:
    if message := soak.recent("messages"):
        name = "add_reaction" if soak.chance(0.7) else "remove_reaction"
        reaction = soak.choose(["like", "love", "sad"])
        soak.call(soak.someone_in(message[0]), name, {**_ids_of(message), "reaction": reaction or "like"})


def remove_message(soak: Soak) -> None:
    if message := soak.recent("messages"):
        soak.call(soak.staff_of(message[0]), "remove_message", _ids_of(message), {"reason": soak.text("骂人")})


def _ids_of(message: tuple[str, str, int]) -> dict[str, str]:
    return {**room_ids(*message[:2]), "seq": str(message[2])}


def _sender_of(soak: Soak, message: tuple[str, str, int]) -> Actor:
    """Return the sender of a message as a reader sees it; a tombstone has none, so any member then."""
    reader = soak.someone_in(message[0])
    page = soak.get(reader, "list_messages", room_ids(*message[:2])) or {"items": ()}
    senders = (each["sender"] for each in page["items"] if each["seq"] == message[2])
    return soak.by_user_id.get(next(senders, None) or "", reader)


def report_message(soak: Soak) -> None:
    if message := soak.recent("messages"):
        body = {"seq": message[2], "reason": "spam", "text": soak.text("广告")}
        soak.call(soak.someone_in(message[0]), "report_message", room_ids(*message[:2]), body)


def open_socket(soak: Soak) -> None:
    """Get a ticket, connect, and subscribe to the lobby of a circle."""
    if circle_id := soak.recent("circles", among=2):
        actor = soak.someone_in(circle_id)
        response = soak.call(actor, "create_ticket")
        if response and response.status == 201:
            ticket = response.body["ticket"]
            soak.learn("secrets", ticket)
            connection_id = f"connection-{soak.step_seed}-{soak.next_ordinal()}"
            soak.learn("connections", (actor.index, connection_id))
            if _send(soak, actor, "$connect", connection_id, ticket=ticket) == 200:
                send_frame(soak, actor, connection_id, {"action": "subscribe", **room_in(soak, circle_id)})


def subscribe(soak: Soak) -> None:
    if (connection := soak.recent("connections")) and (circle_id := soak.recent("circles", among=2)):
        send_frame(soak, soak.actors[connection[0]], connection[1], {"action": "subscribe", **room_in(soak, circle_id)})


def send_over_socket(soak: Soak) -> None:
    if (connection := soak.recent("connections")) and (circle_id := soak.recent("circles", among=2)):
        ids = room_in(soak, circle_id)
        frame = {"action": "send", **ids, **message_body(soak, ids)}
        send_frame(soak, soak.actors[connection[0]], connection[1], frame)


def close_socket(soak: Soak) -> None:
    """A connection closes; its disconnect arrives, or is lost."""
    if connection := soak.recent("connections"):
        soak.driver.sockets.disconnected.add(connection[1])
        if soak.chance(0.6):
            _send(soak, soak.actors[connection[0]], "$disconnect", connection[1])


def send_frame(soak: Soak, actor: Actor, connection_id: str, frame: dict[str, Any]) -> None:
    if connection_id not in soak.driver.sockets.disconnected and connection_id not in soak.driver.sockets.closed:
        _send(soak, actor, "$default", connection_id, body=json.dumps({"ref": "r1", **frame}))


def _send(soak: Soak, actor: Actor, route: str, connection_id: str, *, ticket: str = "", body: str = "") -> int:
    """Send an event of a connection; return its status, 0 if the function died."""
    context = {"connectionId": connection_id, "routeKey": route, "requestId": f"soak-step-{soak.step_number:08}"}
    event: dict[str, Any] = {"requestContext": context, "body": body, "queryStringParameters": {"ticket": ticket}}
    try:
        status = int(on_socket(event, None)["statusCode"])
    except (Died, Throttled, TransactionConflict):  # a disconnect that fails is lost, as one that never arrives
        status = 0
    soak.statistics.statuses[f"socket {route}", status] += 1
    if status >= 500 and status != 503:
        soak.observed.add("responses", f"{actor.name} {route} {status}")
    soak.note(f"{actor.name} {route} {status}")
    return status


ACTIONS = {
    send_message: 14,
    send_many_messages: 1,
    list_messages: 4,
    mark_read: 6,
    pin_message: 3,
    update_message: 3,
    recall_message: 3,
    react: 4,
    remove_message: 1,
    report_message: 2,
    open_socket: 9,
    subscribe: 3,
    send_over_socket: 5,
    close_socket: 2,
}

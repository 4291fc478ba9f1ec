"""Actions of members on notes, likes, drafts, blocks, highlights and what they read."""

from __future__ import annotations

from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

LISTS = (
    *("list_notes", "list_pins", "list_highlights", "get_recap"),
    *("list_memberships", "get_health", "list_passcodes", "list_moderation_log"),
)
TAGS: tuple[list[str], ...] = (["观鸟"], ["手冲咖啡"], [], ["观鸟", "美食摄影"])


def post_note(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        listings = [listing for circle, listing in soak.known("listings", 20) if circle == circle_id][:1]
        body = {"text": soak.text(), "tags": soak.randomness.choice(TAGS), "listings": listings if soak.chance(0.3) else []}
        response = soak.call(soak.someone_in(circle_id), "post_note", {"circle_id": circle_id}, body)
        if response and response.status == 201:
            soak.learn("notes", (circle_id, response.body["note_id"]))


def post_show(soak: Soak) -> None:
    """A buyer posts a show of an order, mostly a received one; by chance another user tries."""
    if order := soak.recent("orders"):
        buyer = soak.actors[order[0]]
        own = (soak.get(buyer, "list_orders") or {"items": ()})["items"]
        received = [each for each in own if each["state"] in ("received", "completed")]
        if found := soak.choose(received if soak.chance(0.9) else own):
            line = soak.randomness.choice(found["lines"])
            shown = {"order_id": found["order_id"], "listing_id": line["listing_id"], "option_id": line["option_id"]}
            circle_id, by = found["circle_id"], buyer if soak.chance(0.9) else soak.choose_actor(soak.actors)
            response = soak.call(by, "post_note", {"circle_id": circle_id}, {"text": soak.text(), "tags": [], "show": shown})
            if response and response.status == 201:
                soak.learn("notes", (circle_id, response.body["note_id"]))


def update_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        circle_id, note_id = note
        ids = {"circle_id": circle_id, "note_id": note_id}
        actor = soak.someone_in(circle_id)
        found = soak.get(actor, "get_note", ids)
        author = soak.by_user_id.get(found["author"], actor) if found else actor
        body = {"text": soak.text("改过的"), "tags": soak.randomness.choice(TAGS)}
        by = author if soak.chance(0.9) else actor
        soak.call(by, "update_note", ids, body, etag=etag_of(soak, by, "get_note", ids))


def remove_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        ids = {"circle_id": note[0], "note_id": note[1]}
        soak.call(soak.staff_of(note[0]), "remove_note", ids, {"reason": soak.text("公布了巢址")})


def delete_note(soak: Soak) -> None:
    """The author deletes a note, or another member tries to."""
    if note := soak.recent("notes"):
        ids, actor = {"circle_id": note[0], "note_id": note[1]}, soak.someone_in(note[0])
        found = soak.get(actor, "get_note", ids)
        author = soak.by_user_id.get(found["author"], actor) if found else actor
        soak.call(author if soak.chance(0.9) else actor, "delete_note", ids)


def like_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        soak.call(soak.someone_in(note[0]), "like_note", {"circle_id": note[0], "note_id": note[1]})


def unlike_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        soak.call(soak.someone_in(note[0]), "unlike_note", {"circle_id": note[0], "note_id": note[1]})


def pin_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        name = "pin_note" if soak.chance(0.7) else "unpin_note"
        soak.call(soak.staff_of(note[0]), name, {"circle_id": note[0], "note_id": note[1]})


def highlight_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        name = "highlight_note" if soak.chance(0.7) else "unhighlight_note"
        soak.call(soak.staff_of(note[0]), name, {"circle_id": note[0], "note_id": note[1]})


def report_note(soak: Soak) -> None:
    if note := soak.recent("notes"):
        body = {"reason": "spam", "text": soak.text("反复发广告")}
        soak.call(soak.someone_in(note[0]), "report_note", {"circle_id": note[0], "note_id": note[1]}, body)


def create_draft(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor = soak.someone_in(circle_id)
        body = {"text": soak.text("草稿"), "tags": ["观鸟"]}
        response = soak.call(actor, "create_draft", {"circle_id": circle_id}, body)
        if response and response.status == 201:
            soak.learn("drafts", (circle_id, actor.index, response.body["draft_id"]))


def publish_draft(soak: Soak) -> None:
    if draft := soak.recent("drafts"):
        circle_id, index, draft_id = draft
        actor = soak.actors[index] if soak.chance(0.9) else soak.someone_in(circle_id)
        response = soak.call(actor, "publish_draft", {"circle_id": circle_id, "draft_id": draft_id})
        if response and response.status == 201:
            soak.learn("notes", (circle_id, response.body["note_id"]))


def delete_draft(soak: Soak) -> None:
    if draft := soak.recent("drafts"):
        soak.call(soak.actors[draft[1]], "delete_draft", {"circle_id": draft[0], "draft_id": draft[2]})


def record_views(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        notes = [note for circle, note in soak.known("notes", 40) if circle == circle_id][-8:]
        if notes:
            soak.call(soak.someone_in(circle_id), "record_views", {"circle_id": circle_id}, {"note_ids": notes})


def check_in(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.someone_in(circle_id), "check_in", {"circle_id": circle_id})


def block_user(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        name = "block_user" if soak.chance(0.8) else "unblock_user"
        soak.call(soak.someone_in(circle_id), name, {"user_id": soak.someone_in(circle_id).user_id})


def create_export(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, kind = soak.someone_in(circle_id), soak.randomness.choice(("own", "circle"))
        response = soak.call(actor, "create_export", {"circle_id": circle_id}, {"kind": kind})
        if response and response.status == 201:
            soak.learn("exports", (circle_id, actor.index, response.body["export_id"]))


def create_account_export(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.someone_in(circle_id), "create_account_export", {})


def read_circle(soak: Soak) -> None:
    """Read one of the lists of a circle."""
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.someone_in(circle_id), soak.randomness.choice(LISTS), {"circle_id": circle_id})


ACTIONS = {
    post_note: 12,
    post_show: 4,
    update_note: 3,
    remove_note: 2,
    delete_note: 2,
    like_note: 9,
    unlike_note: 3,
    pin_note: 2,
    highlight_note: 2,
    report_note: 3,
    create_draft: 2,
    publish_draft: 2,
    delete_draft: 1,
    record_views: 4,
    check_in: 2,
    block_user: 3,
    create_export: 1,
    create_account_export: 1,
    read_circle: 3,
}

"""Actions of members on comments: adding, editing, deleting, removing and reporting them."""

from __future__ import annotations

from typing import Any

from simulation.soak.actors import Actor
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak


def add_comment(soak: Soak) -> None:
    if note := soak.recent("notes"):
        ids = {"circle_id": note[0], "note_id": note[1]}
        parents = [comment for circle, of, comment in soak.known("comments", 30) if of == note[1]]
        body = {"text": soak.text("好美"), "parent_id": soak.choose(parents) if soak.chance(0.4) else None}
        response = soak.call(soak.someone_in(note[0]), "add_comment", ids, body)
        if response and response.status == 201:
            soak.learn("comments", (*note, response.body["comment_id"]))


def update_comment(soak: Soak) -> None:
    """The author edits a comment, or another member tries to."""
    if comment := soak.recent("comments"):
        ids = _ids_of(comment)
        author = _author_of(soak, comment)
        by = author if soak.chance(0.9) else soak.someone_in(comment[0])

        def pick(page: Any) -> Any:
            return next((each for each in page["items"] if each["comment_id"] == comment[2]), None)

        etag = etag_of(soak, by, "list_comments", {name: ids[name] for name in ("circle_id", "note_id")}, pick)
        soak.call(by, "update_comment", ids, {"text": soak.text("改过的")}, etag=etag)


def delete_comment(soak: Soak) -> None:
    if comment := soak.recent("comments"):
        author = _author_of(soak, comment)
        soak.call(author if soak.chance(0.9) else soak.someone_in(comment[0]), "delete_comment", _ids_of(comment))


def remove_comment(soak: Soak) -> None:
    if comment := soak.recent("comments"):
        soak.call(soak.staff_of(comment[0]), "remove_comment", _ids_of(comment), {"reason": soak.text("骂人")})


def report_comment(soak: Soak) -> None:
    if comment := soak.recent("comments"):
        body = {"reason": "harassment", "text": soak.text("骂人")}
        soak.call(soak.someone_in(comment[0]), "report_comment", _ids_of(comment), body)


def _ids_of(comment: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("circle_id", "note_id", "comment_id"), comment, strict=True))


def _author_of(soak: Soak, comment: tuple[str, str, str]) -> Actor:
    """Return the author of a comment as a reader sees it; a tombstone has none, so any member then."""
    reader = soak.someone_in(comment[0])
    page = soak.get(reader, "list_comments", {"circle_id": comment[0], "note_id": comment[1]}) or {"items": ()}
    authors = (each["author"] for each in page["items"] if each["comment_id"] == comment[2])
    return soak.by_user_id.get(next(authors, None) or "", reader)


ACTIONS = {add_comment: 9, update_comment: 3, delete_comment: 2, remove_comment: 2, report_comment: 1}

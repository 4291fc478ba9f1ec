"""The functions of the circles service: its API, its inbox, its relay to the bus, and what it derives from its own stream."""

from __future__ import annotations

from typing import Any

from services.circles import errors, schemas, usecases, wiring
from services.circles.domain import Role
from services.shared.api import Api, Listed, PageRequest, Redirect
from services.shared.auth import Caller
from services.shared.errors import KeyReused, Muted
from services.shared.ids import IdempotencyKey
from services.shared.reports import ReportIn

api = Api("circles", wiring.edge)

ROLE = (errors.NotAllowed,)
OPEN = (errors.CircleNotActive, errors.CircleReadOnly)
WRITING = (*OPEN, Muted)
PICTURES = (errors.PicturesRefused, errors.PicturesNotReady)


@api.get("/circles")
def list_circles(caller: Caller, page: PageRequest) -> Listed[schemas.CircleOut]:
    """List the circles you are in."""
    ports = wiring.ports()
    found, rest = usecases.list_circles(ports, caller, page.limit, page.start)
    return page.answer([schemas.CircleOut.of(*one, ports.clock()) for one in found], rest)


@api.get("/circles/{circle_id}")
def read_circle(caller: Caller, circle_id: str) -> schemas.CircleOut:
    """Read a circle you are in."""
    ports = wiring.ports()
    return schemas.CircleOut.of(*usecases.read_circle(ports, caller, circle_id), ports.clock())


@api.post("/circles/{circle_id}/activation", raises=ROLE)
def activate_circle(caller: Caller, circle_id: str) -> None:
    """Open the circle that was granted to you."""
    usecases.activate_circle(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/passcodes", status=201, raises=(*ROLE, *OPEN, KeyReused))
def issue_passcode(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PasscodeIn) -> schemas.IssuedPasscode:
    """Issue a passcode; it is shown this once."""
    issued = usecases.issue_passcode(wiring.ports(), caller, circle_id, key, body.life, body.max_uses)
    return schemas.IssuedPasscode.showing(*issued)


@api.get("/circles/{circle_id}/passcodes", raises=ROLE)
def list_passcodes(caller: Caller, circle_id: str, page: PageRequest) -> Listed[schemas.PasscodeOut]:
    """List a circle's passcodes and how often each was used, newest first."""
    found, rest = usecases.list_passcodes(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.PasscodeOut.of(one) for one in found], rest)


@api.delete("/circles/{circle_id}/passcodes/{code_id}", raises=ROLE)
def revoke_passcode(caller: Caller, circle_id: str, code_id: str) -> None:
    """Revoke a passcode at once."""
    usecases.revoke_passcode(wiring.ports(), caller, circle_id, code_id)


@api.post("/memberships", raises=(errors.PasscodeRejected, errors.PasscodeLocked, errors.PasscodeUnclear))
def join_circle(caller: Caller, body: schemas.JoinIn) -> schemas.MemberOut:
    """Join a circle by its passcode, pasted as it came."""
    return schemas.MemberOut.of(usecases.join_circle(wiring.ports(), caller, body.passcode))


@api.get("/circles/{circle_id}/members", raises=ROLE)
def list_members(caller: Caller, circle_id: str, page: PageRequest) -> Listed[schemas.MemberOut]:
    """List the members of a circle you keep in order."""
    found, rest = usecases.list_members(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.MemberOut.of(one) for one in found], rest)


@api.delete("/circles/{circle_id}/membership", raises=(errors.LastOwner,))
def leave_circle(caller: Caller, circle_id: str) -> None:
    """Leave a circle."""
    usecases.leave_circle(wiring.ports(), caller, circle_id)


@api.put("/circles/{circle_id}/members/{user_id}/role", raises=ROLE)
def set_role(caller: Caller, circle_id: str, user_id: str, body: schemas.RoleIn) -> schemas.MemberOut:
    """Make a member a moderator, or a moderator a member."""
    return schemas.MemberOut.of(usecases.set_role(wiring.ports(), caller, circle_id, user_id, Role(body.role)))


@api.post("/circles/{circle_id}/members/{user_id}/sanctions", raises=ROLE)
def sanction_member(caller: Caller, circle_id: str, user_id: str, body: schemas.SanctionIn) -> schemas.MemberOut:
    """Mute, kick or ban somebody, with the reason."""
    how: dict[str, Any] = {"reason": body.reason, "until": body.until}
    return schemas.MemberOut.of(usecases.sanction_member(wiring.ports(), caller, circle_id, user_id, body.kind, **how))


@api.post("/circles/{circle_id}/members/{user_id}/sanctions/lifting", raises=ROLE)
def pardon_member(caller: Caller, circle_id: str, user_id: str, body: schemas.PardonIn) -> schemas.MemberOut:
    """End somebody's mute or ban before its time, with the reason."""
    return schemas.MemberOut.of(usecases.pardon_member(wiring.ports(), caller, circle_id, user_id, body.reason))


@api.post("/circles/{circle_id}/pictures", status=201, raises=WRITING)
def offer_upload(caller: Caller, circle_id: str, body: schemas.PictureIn) -> schemas.UploadOut:
    """Get an address to upload one picture to."""
    return schemas.UploadOut.of(*usecases.offer_upload(wiring.ports(), caller, circle_id, body.type, body.size))


@api.post("/circles/{circle_id}/notes", status=201, raises=(*WRITING, *PICTURES, KeyReused))
def post_note(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.NoteIn) -> schemas.NoteOut:
    """Post a note, with up to 18 pictures."""
    tags, pictures = tuple(body.tags), tuple(body.pictures)
    note = usecases.post_note(wiring.ports(), caller, circle_id, key, text=body.text, tags=tags, picture_ids=pictures)
    return schemas.NoteOut.of(note, liked=False)


@api.get("/circles/{circle_id}/notes")
def list_notes(caller: Caller, circle_id: str, page: PageRequest) -> Listed[schemas.NoteOut]:
    """Read the feed of a circle, newest first."""
    found, rest = usecases.list_notes(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.NoteOut.of(*one) for one in found], rest)


@api.get("/circles/{circle_id}/notes/{note_id}")
def read_note(caller: Caller, circle_id: str, note_id: str) -> schemas.NoteOut:
    """Read a note."""
    return schemas.NoteOut.of(*usecases.read_note(wiring.ports(), caller, circle_id, note_id))


@api.delete("/circles/{circle_id}/notes/{note_id}", raises=ROLE)
def remove_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note out of sight."""
    usecases.remove_note(wiring.ports(), caller, circle_id, note_id)


@api.get("/circles/{circle_id}/notes/{note_id}/pictures/{index}")
def show_picture(caller: Caller, circle_id: str, note_id: str, index: str, query: schemas.PictureQuery) -> Redirect:
    """See a picture of a note or its thumbnail, by an address that lasts a minute."""
    thumb = query.size == "thumb"
    return Redirect(usecases.show_picture(wiring.ports(), caller, circle_id, note_id, int(index), thumb=thumb))


@api.post("/circles/{circle_id}/notes/{note_id}/comments", status=201, raises=(*WRITING, KeyReused))
def add_comment(
    caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, body: schemas.CommentIn
) -> schemas.CommentOut:
    """Comment on a note, or answer a comment."""
    return schemas.CommentOut.of(
        usecases.add_comment(wiring.ports(), caller, circle_id, note_id, key, text=body.text, parent_id=body.parent_id)
    )


@api.get("/circles/{circle_id}/notes/{note_id}/comments")
def list_comments(caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Listed[schemas.CommentOut]:
    """Read the comments of a note, oldest first."""
    found, rest = usecases.list_comments(wiring.ports(), caller, circle_id, note_id, page.limit, page.start)
    return page.answer([schemas.CommentOut.of(one) for one in found], rest)


@api.post("/circles/{circle_id}/notes/{note_id}/reports")
def report_note(caller: Caller, circle_id: str, note_id: str, body: ReportIn) -> None:
    """Report a note to the platform."""
    usecases.report_note(wiring.ports(), caller, circle_id, note_id, body)


@api.post("/circles/{circle_id}/notes/{note_id}/comments/{comment_id}/reports")
def report_comment(caller: Caller, circle_id: str, note_id: str, comment_id: str, body: ReportIn) -> None:
    """Report a comment to the platform."""
    usecases.report_comment(wiring.ports(), caller, circle_id, note_id, comment_id, body)


@api.put("/circles/{circle_id}/notes/{note_id}/like")
def like_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Like a note; twice is once."""
    usecases.like_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/like")
def unlike_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a like back."""
    usecases.unlike_note(wiring.ports(), caller, circle_id, note_id)

"""Routes of messages."""

from __future__ import annotations

from services.chat import errors, schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.errors import (
    GuardrailReached,
    NewcomerLimitExceeded,
    PicturesInvalid,
    PicturesNotReady,
    SellingNotOpen,
)
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

SEND_ERRORS = (
    errors.SendRateExceeded,
    errors.SlowModeActive,
    errors.AfterSeqStale,
    errors.MessageConflict,
    errors.CircleReadOnly,
    errors.RoomArchived,
    errors.RoleNotAllowed,
    errors.MentionAllLimitReached,
    NewcomerLimitExceeded,
    errors.ListingNotOnSale,
    SellingNotOpen,
    GuardrailReached,
    PicturesInvalid,
    PicturesNotReady,
)
EDIT_ERRORS = (
    errors.RoleNotAllowed,
    errors.EditExpired,
    errors.CircleReadOnly,
    errors.RoomArchived,
    NewcomerLimitExceeded,
    SellingNotOpen,
    GuardrailReached,
)
MESSAGES = "/circles/{circle_id}/rooms/{room_id}/messages"
MESSAGE = f"{MESSAGES}/{{seq}}"
REACTION = f"{MESSAGE}/reactions/{{reaction}}"


@api.post(MESSAGES, kind=ActionKind.SPEAK, status=201, raises=SEND_ERRORS)
def send_message(caller: Caller, circle_id: str, room_id: str, body: schemas.SendMessageRequest) -> schemas.SentMessageResponse:
    """Send a message to a room."""
    ports = wiring.ports()
    message, card = usecases.send_message(ports, caller, circle_id, room_id, body.to_request())
    return schemas.SentMessageResponse.of(message, card, usecases.picture_addresses(ports))


@api.get(MESSAGES)
def list_messages(caller: Caller, circle_id: str, room_id: str, query: schemas.HistoryQuery) -> schemas.HistoryResponse:
    """List messages of a room, in order and without gaps: the newest, or those after, before or around a sequence number."""
    place = {"before_seq": query.before_seq, "around": query.around}
    ports = wiring.ports()
    page, has_more = usecases.list_messages(ports, caller, circle_id, room_id, query.after_seq, query.limit, **place)
    return schemas.HistoryResponse.of(page, has_more, query, usecases.picture_addresses(ports))


@api.put(MESSAGE, kind=ActionKind.SPEAK, raises=EDIT_ERRORS)
def update_message(
    caller: Caller, circle_id: str, room_id: str, seq: str, request: ChangeRequest, body: schemas.UpdateMessageRequest
) -> schemas.MessageResponse:
    """Edit the text of your message, within 24 hours. You and the moderators can read its earlier texts for 30 days."""
    ports, mentions = wiring.ports(), tuple(dict.fromkeys(body.mentions))
    entry = usecases.update_message(ports, caller, circle_id, room_id, int(seq), request, body.text, mentions)
    return schemas.MessageResponse.of_entry(entry, usecases.picture_addresses(ports))


@api.delete(MESSAGE, kind=ActionKind.OWN_DATA, raises=(errors.RoleNotAllowed, errors.RecallExpired))
def recall_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Recall your message, within 2 minutes. Its number stays, without text; moderators can read that for 30 days."""
    usecases.recall_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.put(
    REACTION, kind=ActionKind.PARTICIPATE, raises=(errors.CircleReadOnly, errors.RoomArchived, errors.ReactionLimitReached)
)
def add_reaction(caller: Caller, circle_id: str, room_id: str, seq: str, reaction: str) -> None:
    """React to a message, in at most 3 ways. A repeat changes nothing."""
    usecases.add_reaction(wiring.ports(), caller, circle_id, room_id, int(seq), reaction)


@api.delete(REACTION, kind=ActionKind.PARTICIPATE)
def remove_reaction(caller: Caller, circle_id: str, room_id: str, seq: str, reaction: str) -> None:
    """Take your reaction to a message back. A repeat changes nothing."""
    usecases.remove_reaction(wiring.ports(), caller, circle_id, room_id, int(seq), reaction)


@api.post(f"{MESSAGE}/removal", kind=ActionKind.MODERATE, raises=(errors.RoleNotAllowed,))
def remove_message(caller: Caller, circle_id: str, room_id: str, seq: str, body: schemas.MessageRemovalRequest) -> None:
    """Remove a message of a member below your rank, at any time. Its sender reads the reason."""
    usecases.remove_message(wiring.ports(), caller, circle_id, room_id, int(seq), body.reason)


@api.get(f"{MESSAGE}/revisions", raises=(errors.RoleNotAllowed,))
def list_message_revisions(
    caller: Caller, circle_id: str, room_id: str, seq: str, page: PageRequest
) -> Page[schemas.MessageRevisionResponse]:
    """List what a message was before it was edited, recalled or removed, newest first, as its sender or as a moderator."""
    revisions = usecases.list_message_revisions(wiring.ports(), caller, circle_id, room_id, int(seq), page)
    return revisions.map(schemas.MessageRevisionResponse.of)


@api.post("/circles/{circle_id}/rooms/{room_id}/reports", kind=ActionKind.SPEAK)
def report_message(caller: Caller, circle_id: str, room_id: str, body: schemas.MessageReportRequest) -> None:
    """Report a message to the platform."""
    usecases.report_message(wiring.ports(), caller, circle_id, room_id, body.seq, body.report_input)

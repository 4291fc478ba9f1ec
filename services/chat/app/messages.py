"""Routes of messages."""

from __future__ import annotations

from services.chat import errors, schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.errors import NewcomerLimitExceeded
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
    NewcomerLimitExceeded,
    errors.ListingNotOnSale,
)


@api.post("/circles/{circle_id}/rooms/{room_id}/messages", kind=ActionKind.SPEAK, status=201, raises=SEND_ERRORS)
def send_message(caller: Caller, circle_id: str, room_id: str, body: schemas.SendMessageRequest) -> schemas.SentMessageResponse:
    """Send a message to a room."""
    message, card = usecases.send_message(wiring.ports(), caller, circle_id, room_id, body.to_request())
    return schemas.SentMessageResponse.of(message, card)


@api.get("/circles/{circle_id}/rooms/{room_id}/messages")
def list_messages(caller: Caller, circle_id: str, room_id: str, query: schemas.HistoryQuery) -> schemas.HistoryResponse:
    """List messages of a room, in order and without gaps: the newest, or those after, before or around a sequence number."""
    place = {"before_seq": query.before_seq, "around": query.around}
    page, has_more = usecases.list_messages(wiring.ports(), caller, circle_id, room_id, query.after_seq, query.limit, **place)
    return schemas.HistoryResponse.of(page, has_more, query)


@api.post("/circles/{circle_id}/rooms/{room_id}/reports", kind=ActionKind.SPEAK)
def report_message(caller: Caller, circle_id: str, room_id: str, body: schemas.MessageReportRequest) -> None:
    """Report a message to the platform."""
    usecases.report_message(wiring.ports(), caller, circle_id, room_id, body.seq, body.report_input)

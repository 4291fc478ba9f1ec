"""The AsyncAPI document: each field has a description and a valid example, and real frames and events have its schemas."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from docs.asyncapi import document
from docs.frames import RESPONSES
from services.chat.adapters.frames import problem_frame
from services.chat.app.frames import HANDLERS
from services.chat.domain import Message, MessageKind
from services.chat.usecases.pushes import message_frame
from services.shared.http.openapi.examples import example_of, is_composed
from services.shared.kernel.clock import utc_now
from services.shared.kernel.errors import FieldError, Invalid, RateLimitReached
from services.shared.messaging.events import EVENTS
from services.shared.pictures.addresses import PictureAddresses
from services.shared.pictures.upload import Picture, PictureType
from services.shared.pictures.urls import Period
from simulation.bucket import FakePictureUrls
from tests.support.json_schemas import errors_of

HERE = Path(__file__).parent
DOCUMENT = document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
FIELDS = {f"{model}.{name}": field for model, schema in SCHEMAS.items() for name, field in schema.get("properties", {}).items()}


def errors(model: str, value: Any) -> list[str]:
    return errors_of({"$ref": f"#/components/schemas/{model}"}, {"schemas": SCHEMAS}, value)


def test_no_field_lacks_a_description_or_an_example() -> None:
    assert [place for place, field in FIELDS.items() if not field.get("description")] == []
    without = [
        place for place, field in FIELDS.items() if field.get("examples", [None]) == [None] and not is_composed(field, SCHEMAS)
    ]
    assert without == []


@pytest.mark.parametrize("model", [name for name, schema in SCHEMAS.items() if "properties" in schema])
def test_the_example_of_each_model_is_valid(model: str) -> None:
    assert errors(model, example_of(SCHEMAS[model], SCHEMAS)) == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name())
def test_the_golden_event_has_the_schema_of_its_message(event: Any) -> None:
    golden = json.loads((HERE / "events" / f"{event.name()}.json").read_text(encoding="utf-8"))
    assert errors(event.name(), golden["event"]) == []


def test_each_action_has_a_request_and_its_responses() -> None:
    requests = {name.removesuffix("_frame"): spec for name, spec in DOCUMENT["operations"].items() if "reply" in spec}
    assert requests.keys() == HANDLERS.keys() == RESPONSES.keys()


def test_frames_that_chat_builds_have_the_schema_of_their_message() -> None:
    now = utc_now()
    pictures = (Picture("pic_1", PictureType.PNG, 96, 64),)
    message = Message("rom_1", 1, MessageKind.PICTURES, now, now, "lin", "message-0001", "早", pictures=pictures)
    body = message_frame(message, None, PictureAddresses(FakePictureUrls(), Period.of(now, timedelta(minutes=10))))
    assert errors("SentFrame", {"type": "sent", "ref": "1", **body}) == []
    assert errors("MessagesFrame", {"type": "messages", "room_id": "rom_1", "messages": [body["message"]]}) == []
    assert errors("SentFrame", {"type": "sent", **body}) != []
    for error in (Invalid(fields=(FieldError("/text", "required"),)), RateLimitReached(retry_after=3)):
        assert errors("ProblemFrame", problem_frame(error, None, lambda: now)) == []

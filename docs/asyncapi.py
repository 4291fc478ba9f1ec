"""The AsyncAPI 3 document: the frames of the WebSocket API and the events on the bus, from their pydantic classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from docs.frames import PUSHES, RESPONSES, ProblemFrame
from services.chat.app.frames import HANDLERS
from services.shared.http.openapi import info
from services.shared.http.openapi.examples import example_of
from services.shared.http.openapi.models import components_of, describe, patch_problem
from services.shared.messaging.events import EVENTS, Event

ABOUT = (
    "The WebSocket API of chat, for apps (docs/sockets.md explains it), and the events on the bus, for services and operators. "
    "Delivery of events is at least once and unordered: apply only a newer `entity_version`, and ignore unknown fields."
)
SOCKET, BUS = "socket", "bus"
SERVERS = {
    SOCKET: {
        "host": "{host}",
        "pathname": "/live",
        "protocol": "wss",
        "description": "Connect with `?ticket=`, from `POST /socket-tickets`.",
        "variables": {"host": {"default": "sockets.example.com", "description": "Host of the deployment's WebSocket API."}},
    },
    BUS: {
        "host": "events.{region}.amazonaws.com",
        "protocol": "eventbridge",
        "description": "The event bus of the deployment. `source` and `detail-type` of an entry are the source and the name.",
        "variables": {"region": {"default": "eu-central-1", "description": "AWS region of the deployment."}},
    },
}
Message = dict[str, Any]


def document() -> dict[str, Any]:
    requests = {action: model for action, (model, *_) in HANDLERS.items()}
    frames: list[type[BaseModel]] = [*requests.values(), *RESPONSES.values(), ProblemFrame, *PUSHES]
    models: list[type[BaseModel]] = [*frames, *EVENTS]
    schemas = _schemas(models)
    messages = {model.__name__: _message(model, schemas) for model in models}
    return {
        "asyncapi": "3.1.0",
        "info": info("Coterie: sockets and events", ABOUT),
        "servers": SERVERS,
        "channels": {SOCKET: _socket(frames), **{event.name(): _channel(event) for event in EVENTS}},
        "operations": {
            **{f"{action}_frame": _request(action, model) for action, model in requests.items()},
            "push_frames": _operation("send", SOCKET, PUSHES, "Push frames to connections."),
            **{f"publish_{event.name()}": _publication(event) for event in EVENTS},
        },
        "components": {"schemas": schemas, "messages": messages},
    }


def _schemas(models: list[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of all frames and events. An event has what its class says, and not its instances."""
    _, schemas = components_of("chat", models)
    for event in EVENTS:
        schema = schemas[event.__name__]
        constants = {"name": event.name(), "source": event.SOURCE, "schema_version": event.SCHEMA_VERSION}
        schema["properties"] |= {name: {"const": value} for name, value in constants.items()}
        schema["required"] = [*schema["required"], *constants]
        describe(schema, event, schemas)
    patch_problem(schemas, "FrameProblem")
    return schemas


def _message(model: type[BaseModel], schemas: dict[str, Any]) -> Message:
    name = model.__name__
    return {
        "name": name,
        "title": name,
        "summary": inspect.cleandoc(model.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"payload": example_of(schemas[name], schemas)}],
    }


def _socket(frames: Iterable[type[BaseModel]]) -> dict[str, Any]:
    return {
        "address": "/live",
        "title": "The WebSocket API",
        "description": "Request frames have an `action`, response and push frames a `type`.",
        "servers": [{"$ref": f"#/servers/{SOCKET}"}],
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in frames},
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": f"{event.SOURCE}/{event.name()}",
        "title": event.name(),
        "description": inspect.cleandoc(event.__doc__ or ""),
        "servers": [{"$ref": f"#/servers/{BUS}"}],
        "messages": {event.name(): {"$ref": f"#/components/messages/{event.name()}"}},
    }


def _request(action: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the operation of a request frame, with the response frames that it can get."""
    received = _operation("receive", SOCKET, [model], inspect.cleandoc(model.__doc__ or ""))
    replies = _operation("send", SOCKET, [RESPONSES[action], ProblemFrame], "")
    return received | {"reply": {name: replies[name] for name in ("channel", "messages")}}


def _publication(event: type[Event]) -> dict[str, Any]:
    return _operation("send", event.name(), [event], f"The relay of {event.SOURCE} publishes {event.name()}.")


def _operation(action: str, channel: str, models: Iterable[type[BaseModel]], summary: str) -> dict[str, Any]:
    at = f"#/channels/{channel}"
    messages = [{"$ref": f"{at}/messages/{model.__name__}"} for model in models]
    return {"action": action, "channel": {"$ref": at}, "summary": summary, "messages": messages}

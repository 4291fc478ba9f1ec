"""Bodies with the least and the greatest legal values, and bodies with one value just out of range."""

from __future__ import annotations

import enum
import inspect
import json
import typing
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from services import SERVICES
from services.circles.repository.campaigns import LATEST, campaigns_pk
from services.circles.taxonomy import taxonomy
from services.shared.http.routes import Route
from services.shared.kernel.text import Text
from services.shared.table.items import Key
from simulation.api.bodies import COUPON, PNG
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import CHAT_PICTURES, LISTING_PICTURES, PICTURES, service_module
from simulation.api.operations import Operation, named
from tests.app.permitted import permitted_user
from tests.support.request_fields import Metadata, bound, parts
from tests.support.sizes import BIRD, FLAG, longest_text

Body = dict[str, Any]
EXPANDING = "\U0001d160"  # one code point that becomes three in NFC
KEPT = {"revision", "seq", "after_seq", "passcode", "reply_to"}  # what exists decides which of these are legal
KEPT |= {"mentions_all"}  # the role decides whether it is legal
TAGS = sorted((tag.zh for tag in taxonomy().tags.values()), key=len)
EVIDENCE = [f"https://example.org/{number:0380}" for number in range(10)]
DAY = timedelta(days=1)
# Their fields depend on each other, or on what exists, so a least body needs the same ones.
WHOLE = {"create_listing", "update_listing", "issue_coupon", "claim_coupon_by_code"}
# A listing has a price and a stock, or options that have them; the terms of its kind bound the promise.
OF_A_LISTING: dict[str, Any] = {"amount": 1, "stock": 1, "options": [], "ships_within_hours": 168}


def routes() -> dict[str, Route]:
    """Return the routes of all services by name."""
    declared = (route for service in SERVICES for route in service_module("app", service).api.declared_routes)
    return {route.name: route for route in declared}


def least(model: type[BaseModel], base: Body) -> Body:
    """Return the smallest body: `base` without what is optional, with the least numbers, and texts of one character."""
    body: Body = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            body[name] = _least(field.annotation, tuple(field.metadata), base.get(name)) if name not in KEPT else base[name]
    return body


def greatest(model: type[BaseModel], base: Body, longest: Callable[[Text], str] = longest_text) -> Body:
    """Return the largest body: all fields of the model, with the greatest numbers, the longest texts and full lists."""
    body: Body = {}
    for name, field in model.model_fields.items():
        value = base.get(name)
        if name not in KEPT:
            value = _greatest(field.annotation, tuple(field.metadata), value, longest)
        if value is not None:
            body[name] = value
    return body


def quotes(text: Text) -> str:
    """Return the longest text of characters that JSON escapes, and escapes twice inside of other JSON."""
    count = min(text.maximum, text.limit()) if text.limit else text.maximum
    return ('"\\' * count)[:count]


def _least(annotation: Any, metadata: Metadata, base: Any) -> Any:
    if _is_model(annotation):
        return least(annotation, base)
    _, kind, about = next(parts("", annotation, metadata))
    if any(isinstance(part, Text) for part in about):
        return "好" if _is_valid(kind, about, "好") else base  # a phone number has more than its length
    if kind is int:
        return next(number for number in range(bound(about, "ge"), bound(about, "le")) if _is_valid(kind, about, number))
    if kind is bool:
        return False
    return base[: bound(about, "min_length") or 0] if _is_list(kind) else base


def _greatest(annotation: Any, metadata: Metadata, base: Any, longest: Callable[[Text], str]) -> Any:
    if _is_model(annotation):
        return greatest(annotation, base, longest)
    _, kind, about = next(parts("", annotation, metadata))
    if texts := [part for part in about if isinstance(part, Text)]:
        text = longest(texts[0])
        return text if _is_valid(kind, about, text) else base
    if kind is int:
        return greatest_number(about)
    if kind is bool:
        return True
    if kind is AwareDatetime:
        return bound(about, "le").isoformat()
    return _full_list(kind, about, base, longest) if _is_list(kind) else base


def _full_list(kind: Any, about: Metadata, base: Any, longest: Callable[[Text], str]) -> Any:
    (entry,) = typing.get_args(kind)
    sizes = range(bound(about, "max_length"), 0, -1)
    if _is_model(entry):
        return [greatest(entry, base[0], longest)] if base else base
    if typing.get_origin(entry) is typing.Literal or (inspect.isclass(entry) and issubclass(entry, enum.Enum)):
        return [str(choice) for choice in (typing.get_args(entry) or entry)]
    one = _greatest(entry, (), (base or [None])[0], longest)
    return next(([one] * size for size in sizes if one and _is_valid(kind, about, [one] * size)), base)


def greatest_number(about: Metadata) -> int:
    """Return the greatest number that is valid with the settings in force."""
    low, high = bound(about, "ge"), bound(about, "le")
    while not _is_valid(int, about, low):
        low += 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _is_valid(int, about, middle) else (low, middle - 1)
    return int(low)


def _is_valid(kind: Any, about: Metadata, value: Any) -> bool:
    try:
        TypeAdapter(Annotated[(kind, *about)]).validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return False
    return True


def _is_model(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseModel)


def _is_list(kind: Any) -> bool:
    origin: Any = typing.get_origin(kind)
    return origin is list


def illegal_neighbours(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Yield field and value of what is just out of range, for each field of a model."""
    for name, field in model.model_fields.items():
        for place, kind, about in parts(name, field.annotation, tuple(field.metadata)):
            if place == name:
                yield from ((name, value) for value in _out_of_range(kind, about) if not _is_valid(kind, about, value))


def _out_of_range(kind: Any, about: Metadata) -> list[Any]:
    if texts := [part for part in about if isinstance(part, Text)]:
        most, code_points = texts[0].maximum, texts[0].max_code_points
        too_long = [BIRD * (most + 1), FLAG * (code_points // len(FLAG) + 1), EXPANDING * (code_points // 3 + 1)]
        return ["", *too_long]
    if kind is int:
        return [bound(about, "ge") - 1, greatest_number(about) + 1, 2**63, 10**29]
    if kind in (AwareDatetime, date):
        low, high = bound(about, "ge"), bound(about, "le")
        return [(low - DAY).isoformat(), (high + DAY).isoformat(), "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"]
    if _is_list(kind):
        return [["x"] * (bound(about, "max_length") + 1)]
    pattern = kind is str and (bound(about, "pattern") or bound(about, "max_length"))
    return ["", "x" * 5000, "é" * 64] if pattern else []


# What the schema alone does not make legal.


def permitted(api: ApiFixture, operation: Operation) -> str:
    """Return a user who is permitted, after preparing what the operation needs."""
    if operation.name == "request_to_join":
        assert api.call(named("set_teaser"), api.users["owner"]).status in (200, 412), "it is set now, or was before"
        return "stranger"
    if operation.name == "create_campaign":
        assert api.call(named("set_teaser"), api.users["owner"]).status in (200, 412), "it is set now, or was before"
        latest = Key(campaigns_pk(api.ids["circle_id"]), LATEST)  # of the test before: a circle has a pause
        api.gateway.cloud.tables["circles"].delete(latest, when=None)
        return "owner"
    if operation.name == "appeal_sanction":
        return "suspended"
    has_limits_for_newcomers = operation.name in ("post_note", "create_draft", "add_comment")
    sets_retention = operation.name == "update_room"  # which moderators cannot
    return "owner" if has_limits_for_newcomers or sets_retention else permitted_user(operation)


def legal(api: ApiFixture, operation: Operation, by: str, body: Body) -> Body:
    """Return a large body with what exists: tags, pictures, products and a passcode."""
    if operation.name == "update_room":  # the lobby has the circle's name, and is never archived
        body = {name: value for name, value in body.items() if name not in ("name", "archived")}
    if operation.name in ("post_note", "create_draft", "update_draft", "update_note"):
        return {**body, "tags": TAGS[-5:]}
    known: dict[str, Body] = {
        "set_teaser": {"tags": TAGS[-3:]},
        "join_circle": {"passcode": f"{api.passcode} {FLAG * 200}"},
        "create_application": {"evidence": EVIDENCE},
        "update_application": {"evidence": EVIDENCE},
        "impose_member_sanction": {"kind": "mute"},
        "set_payout_account": {"account_id": "acct_1001"},
        "request_payout": {"amount": 1_000},
        "restock_listing": {"add": 1},
        "issue_coupon": {"percent": None, "starts_at": None, **COUPON},
        "claim_coupon_by_code": {"code": api.coupon_code},
        "create_listing": OF_A_LISTING,
        "update_listing": {name: OF_A_LISTING[name] for name in OF_A_LISTING if name != "stock"},
    }
    if operation.name in ("request_return", "propose_ruling", "refund_order"):  # at most what the order has
        bounded = api.request_body(operation)
        return {**body, **{name: bounded[name] for name in ("lines", "amount") if name in bounded}}
    return {**body, **known.get(operation.name, {})}


UPLOADS = {
    "circles": ("create_upload", PICTURES, 18),
    "chat": ("create_room_upload", CHAT_PICTURES, 9),
    "commerce": ("create_listing_upload", LISTING_PICTURES, 9),
}


def upload_pictures(api: ApiFixture, by: str, count: int = 0, *, service: str = "circles", data: bytes = PNG) -> list[str]:
    """Upload pictures, as many as one note or message has by default, and let the worker of the service check them."""
    ids = []
    operation, bucket, most = UPLOADS[service]
    for _ in range(count or most):
        form = api.call(named(operation), api.users[by], body={"type": "image/png", "size": len(data)}).body
        api.gateway.cloud.s3.put_object(Bucket=bucket, Key=form["fields"]["key"], Body=data, ContentType="image/png")
        ids.append((form["picture_id"], form["fields"]["key"]))
    records = [{"s3": {"object": {"key": key}}} for _, key in ids]
    message = {"messageId": "uploads", "body": json.dumps({"Records": records})}
    worker = service_module("picture_worker", service)
    assert worker.on_picture({"Records": [message]}, None) == {"batchItemFailures": []}
    return [picture_id for picture_id, _ in ids]


def create_listings(api: ApiFixture, count: int = 3) -> list[str]:
    create = named("create_listing")
    model = routes()["create_listing"].documented_body
    assert model
    body = legal(api, create, "moderator", greatest(model, api.request_body(create)))
    return [api.call(create, api.users["moderator"], body=body).body["listing_id"] for _ in range(count)]

"""The registry of the four services: what each publishes, subscribes to, derives from its stream and indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.templates import resources
from services.chat import publications as chat_publications
from services.chat import subscriptions as chat_subscriptions
from services.chat.usecases import stream as chat_stream
from services.circles import publications as circles_publications
from services.circles import subscriptions as circles_subscriptions
from services.circles.usecases import stream as circles_stream
from services.commerce import publications as commerce_publications
from services.commerce import subscriptions as commerce_subscriptions
from services.commerce.usecases import stream as commerce_stream
from services.review import publications as review_publications
from services.review import subscriptions as review_subscriptions
from services.review.usecases import stream as review_stream
from services.shared.messaging.inbox import Subscriptions
from services.shared.messaging.outbox import Publications
from services.shared.messaging.stream import Step


@dataclass(frozen=True, slots=True)
class Service:
    """One service as the simulation runs it.

    stream_steps: what the function OnChange derives.
    group_size: how many changes are processed together.
    """

    name: str
    publications: Publications
    subscriptions: Subscriptions
    stream_steps: Callable[[Any], Sequence[Step]]
    group_size: int


REGISTRY: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service(
            "review",
            review_publications.PUBLICATIONS,
            review_subscriptions.SUBSCRIPTIONS,
            review_stream.stream_steps,
            review_stream.MAX_GROUP,
        ),
        Service(
            "circles",
            circles_publications.PUBLICATIONS,
            circles_subscriptions.SUBSCRIPTIONS,
            circles_stream.stream_steps,
            circles_stream.MAX_GROUP,
        ),
        Service(
            "chat",
            chat_publications.PUBLICATIONS,
            chat_subscriptions.SUBSCRIPTIONS,
            chat_stream.stream_steps,
            chat_stream.MAX_GROUP,
        ),
        Service(
            "commerce",
            commerce_publications.PUBLICATIONS,
            commerce_subscriptions.SUBSCRIPTIONS,
            commerce_stream.stream_steps,
            commerce_stream.MAX_GROUP,
        ),
    )
}


@cache
def projections_of(service: str) -> Mapping[str, Sequence[str]]:
    """Return the attributes that each index of a service's table projects beside the keys, as its template declares them."""
    (table,) = resources(service, "DynamoDB::Table").values()
    return {
        index["IndexName"]: tuple(index["Projection"].get("NonKeyAttributes", ()))
        for index in table.get("GlobalSecondaryIndexes", ())
    }

"""Routes of web pushes: the key, and the browsers that get them."""

from __future__ import annotations

from services.chat import schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.pages import Page
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/push-key")
def get_push_key(caller: Caller) -> schemas.PushKeyResponse:
    """Get the public key that a browser subscribes to web pushes with."""
    return schemas.PushKeyResponse(public_key=usecases.get_push_key(wiring.ports()))


@api.post("/push-subscriptions", kind=ActionKind.PARTICIPATE, status=201)
def create_push_subscription(caller: Caller, body: schemas.PushSubscriptionRequest) -> schemas.PushSubscriptionResponse:
    """Get your notifications as web pushes in this browser. A repeat changes nothing."""
    subscription = usecases.create_push_subscription(wiring.ports(), caller, body.endpoint, body.p256dh, body.auth)
    return schemas.PushSubscriptionResponse.of(subscription)


@api.get("/push-subscriptions")
def list_push_subscriptions(caller: Caller) -> Page[schemas.PushSubscriptionResponse]:
    """List your browsers that get web pushes, the oldest first; they are one page."""
    return usecases.list_push_subscriptions(wiring.ports(), caller).map(schemas.PushSubscriptionResponse.of)


@api.delete("/push-subscriptions/{push_subscription_id}", kind=ActionKind.OWN_DATA)
def delete_push_subscription(caller: Caller, push_subscription_id: str) -> None:
    """Stop web pushes in a browser. A repeat changes nothing."""
    usecases.delete_push_subscription(wiring.ports(), caller, push_subscription_id)

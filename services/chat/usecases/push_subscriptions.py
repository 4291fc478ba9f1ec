"""Browsers of the caller that get web pushes."""

from __future__ import annotations

from services.chat.domain import PushSubscription
from services.chat.repository import push_subscriptions as repository
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.pages import Page
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot

FLAWS = {"endpoint": "must-be-push-endpoint", "p256dh": "must-be-push-key"}


def get_push_key(ports: Ports) -> str:
    """Return the public key of the platform, as base64url: the `applicationServerKey` that a browser subscribes with."""
    return ports.web_push.get_public_key()[1]


def create_push_subscription(ports: Ports, caller: Caller, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Store a browser that gets the caller's web pushes, and return it. A repeat stores it again.

    A browser belongs to the user who subscribed last. Beyond the limit, the caller's oldest subscriptions are deleted: all are
    read consistently after the new one is stored, so of several at once no more than the limit stay.
    Cost: 3 write units (rate-limit slot, subscription, browser) and 2 read units.
    Raises: Invalid (the endpoint is none that a web push can be sent to, or the key is none), RateLimitReached.
    """
    Slot(ports, caller.user_id, settings().rate("push_subscription")).use()
    if flaw := ports.web_push.find_flaw(endpoint, p256dh):
        raise Invalid(fields=(FieldError(f"/{flaw}", FLAWS[flaw]),))
    key_id, _ = ports.web_push.get_public_key()
    at, sign_in = ports.clock(), caller.signed_in_at
    subscription = PushSubscription(caller.user_id, endpoint, p256dh, auth, key_id, at, sign_in)
    repository.put_subscription(ports.table, subscription)
    stored = repository.list_subscriptions(ports.table, caller.user_id, consistent_read=True)
    for oldest in stored[: -settings().max_push_subscriptions]:
        repository.delete_subscription(ports.table, caller.user_id, oldest.id)
    return subscription


def list_push_subscriptions(ports: Ports, caller: Caller) -> Page[PushSubscription]:
    """Return the caller's browsers that get web pushes, the oldest first; they are one page. Cost: 1 read unit."""
    return Page(repository.list_subscriptions(ports.table, caller.user_id))


def delete_push_subscription(ports: Ports, caller: Caller, id: str) -> None:
    """Delete a subscription of the caller. Unchanged if it does not exist. Cost: 2 write units and 0.5 read units."""
    repository.delete_subscription(ports.table, caller.user_id, id)

"""Browsers of users that get web pushes."""

from __future__ import annotations

from contextlib import suppress

from services.chat.domain import PushSubscription
from services.chat.errors import PushSubscriptionNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import PRESENT, Attr, Item, Key, Query
from services.shared.table.port import ConditionFailed, Table

SUBSCRIPTION = "PUSH_SUBSCRIPTION#"
MAX_SUBSCRIPTIONS = 100


def subscription_key(user_id: str, id: str) -> Key:
    return Key(f"USER#{user_id}", f"{SUBSCRIPTION}{id}")


def browser_key(id: str) -> Key:
    return Key(f"BROWSER#{id}", "BROWSER")


def put_subscription(table: Table, subscription: PushSubscription) -> None:
    """Store a subscription, and that its browser belongs to this user now: the one before gets no push there any more.

    Cost: 2 write units.
    """
    table.put(subscription_to_item(subscription), when=None)
    table.put({**browser_key(subscription.id).attributes(), "user_id": subscription.user_id}, when=None)


def update_subscription(table: Table, subscription: PushSubscription) -> None:
    """Store since when the pushes of a subscription fail. Unchanged if it was deleted."""
    with suppress(ConditionFailed):
        table.put(subscription_to_item(subscription), when=PRESENT)


def delete_subscription(table: Table, user_id: str, id: str) -> None:
    """Delete a subscription, and that its browser belongs to the user. Unchanged if it does not exist. Cost: 2 write units."""
    # The subscription last: after a crash in between, a repeat still finds it.
    with suppress(ConditionFailed):
        table.delete(browser_key(id), when=Attr("user_id").eq(user_id))
    with suppress(ConditionFailed):
        table.delete(subscription_key(user_id, id), when=PRESENT)


def delete_subscriptions(table: Table, user_id: str) -> None:
    """Delete all subscriptions of a user."""
    for subscription in list_subscriptions(table, user_id, consistent_read=True):
        delete_subscription(table, user_id, subscription.id)


def list_subscriptions(table: Table, user_id: str, *, consistent_read: bool = False) -> list[PushSubscription]:
    """Return the subscriptions of a user, the oldest first. Cost: 0.5 read units per 4 KB, some 10."""
    pk = f"USER#{user_id}"
    query = Query(pk=pk, prefix=SUBSCRIPTION, limit=MAX_SUBSCRIPTIONS, consistent_read=consistent_read)
    return sorted(SUBSCRIPTIONS.iter(table, query), key=lambda each: (each.created_at, each.id))


def belongs_to_user(table: Table, subscription: PushSubscription) -> bool:
    """Whether no other user has subscribed with the same browser since. Cost: 0.5 read units."""
    browser = table.get(browser_key(subscription.id))
    return browser is not None and browser["user_id"] == subscription.user_id


def subscription_to_item(subscription: PushSubscription) -> Item:
    item: Item = {
        **subscription_key(subscription.user_id, subscription.id).attributes(),
        "endpoint": subscription.endpoint,
        "p256dh": subscription.p256dh,
        "auth": subscription.auth,
        "key_id": subscription.key_id,
        "created_at": millis(subscription.created_at),
        "signed_in_at": subscription.signed_in_at,
    }
    return item | ({"failing_since": millis(subscription.failing_since)} if subscription.failing_since else {})


def subscription_from_item(item: Item) -> PushSubscription:
    return PushSubscription(
        user_id=item["pk"].removeprefix("USER#"),
        endpoint=item["endpoint"],
        p256dh=item["p256dh"],
        auth=item["auth"],
        key_id=item["key_id"],
        created_at=from_millis(item["created_at"]),
        signed_in_at=item["signed_in_at"],
        failing_since=from_millis(item["failing_since"]) if "failing_since" in item else None,
    )


SUBSCRIPTIONS = EntityStore(subscription_to_item, subscription_from_item, PushSubscriptionNotFound)

"""The people that the running campaign of a circle found, and when each person last got a message of any campaign.

The other users of a person's identities have an item each that names the person, so that an act of any of them is the person's.
The index lists the items of a user, for an export, a withdrawal and an erasure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from typing import Any

from services.circles.domain.campaign import CampaignOrder, Recipient, Stage
from services.circles.settings import settings
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Attr, Item, Key, Query, Update
from services.shared.table.pages import get_all, query_all
from services.shared.table.port import ConditionFailed, Table, Write
from services.shared.table.versioned import Versioned

PAGE_SIZE = 100
CONTACTED = "CONTACTED"
MESSAGE = "MESSAGE"
KEPT_AFTER_INTERVAL = timedelta(days=1)


def audience_pk(circle_id: str) -> str:
    return f"CIRCLE#{circle_id}#AUDIENCE"


def recipient_key(circle_id: str, user_id: str) -> Key:
    return Key(audience_pk(circle_id), f"USER#{user_id}")


def put_recipient(table: Table, recipient: Recipient, others: Iterable[str]) -> bool:
    """Store a person that a campaign found, and return whether this page of its search found them.

    It is also true for a repeat of the page, so that each person is counted once.
    others: the other users of the person.
    Cost: 1 write unit and 1 for the index; the same for each other user.
    """
    is_new = ABSENT | Attr("campaign_id").ne(recipient.campaign_id)
    for user_id in others:
        table.put(_other_user_to_item(recipient, user_id), when=None)
    try:
        table.put(recipient_to_item(recipient), when=is_new)
    except ConditionFailed as failed:
        return bool((failed.old or {}).get("page") == recipient.page)
    return True


def list_recipients(table: Table, circle_id: str, campaign_id: str, after: str, limit: int) -> tuple[list[Recipient], str]:
    """Return the next people of a campaign, by the id of the person, and where the list continues; empty after the last."""
    first = recipient_key(circle_id, f"{after}!" if after else "").sk
    query = Query(pk=audience_pk(circle_id), first=first, last="USER#~", limit=limit, consistent_read=True)
    page = table.query(query)
    found = [recipient_from_item(item) for item in page.items if _is_recipient_of(item, campaign_id)]
    return found, str(page.items[-1]["sk"]).removeprefix("USER#") if page.next else ""


def iter_recipients(table: Table, circle_id: str, campaign_id: str) -> Iterator[Recipient]:
    query = Query(pk=audience_pk(circle_id), limit=PAGE_SIZE, consistent_read=True)
    return (recipient_from_item(item) for item in query_all(table, query) if _is_recipient_of(item, campaign_id))


def _is_recipient_of(item: Item, campaign_id: str) -> bool:
    return item["campaign_id"] == campaign_id and "person" not in item


def find_recipient(table: Table, circle_id: str, user_id: str) -> Versioned[Recipient] | None:
    """Return the person that a user is for the running campaign of a circle. Cost: half a read unit if the user is none."""
    item = table.get(recipient_key(circle_id, user_id))
    if item:
        item = table.get(recipient_key(circle_id, item.get("person", user_id)), consistent_read=True)
    return RECIPIENTS.loaded(item) if item and "person" not in item else None


def delete_recipient(table: Table, recipient: Recipient) -> None:
    """Delete a person, unless another campaign has found them since, or another consent."""
    is_same = Attr("campaign_id").eq(recipient.campaign_id) & Attr("choice").eq(recipient.choice)
    with suppress(ConditionFailed):
        table.delete(recipient_key(recipient.circle_id, recipient.person), when=is_same)


def delete_recipients(table: Table, circle_id: str, campaign_id: str) -> Iterator[None]:
    """Delete all people of a campaign that has ended; yields after each. Those of a later campaign stay."""
    for item in query_all(table, Query(pk=audience_pk(circle_id), limit=PAGE_SIZE, consistent_read=True)):
        with suppress(ConditionFailed):
            table.delete(Key.of(item), when=Attr("campaign_id").eq(campaign_id))
        yield


def delete_recipients_of_user(table: Table, user_id: str, choice: int = 0) -> Iterator[None]:
    """Delete a user from all audiences, or with `choice` what was found by this consent; yields after each."""
    when = Attr("choice").eq(choice) if choice else None
    for key in [Key.of(item) for item in query_all(table, _of_user(user_id))]:
        with suppress(ConditionFailed):
            table.delete(key, when=when)
        yield


def list_items_of_user(table: Table, user_id: str) -> list[Item]:
    """Return the items of a user in all audiences, for an export."""
    return list(get_all(table, [Key.of(item) for item in query_all(table, _of_user(user_id))]).values())


def _of_user(user_id: str) -> Query:
    return Query(pk=f"RECIPIENT#{user_id}", index="gsi1", limit=PAGE_SIZE)


def find_contacted(table: Table, ids: Iterable[str], at: datetime) -> set[str]:
    """Return those of these users and identities that got a message within the interval. Cost: 0.5 read units each."""
    keys = {_contact_key(one): one for one in ids}
    latest = millis(at - settings().campaign_message_interval)
    items = get_all(table, list(keys))
    return {keys[key] for key, item in items.items() if item["contacted_at"] > latest}


def contact_writes(ids: Iterable[str], at: datetime) -> list[Write]:
    """Return the writes that give a person a message now, on the condition that they got none within the interval.

    ids: of all users and identities of the person, so that each of them counts for all.
    """
    interval = settings().campaign_message_interval
    is_allowed = Attr("contacted_at").not_exists() | Attr("contacted_at").le(millis(at - interval))
    contacted: dict[str, Any] = {"contacted_at": millis(at)}
    contacted["expires_at"] = millis(at + interval + KEPT_AFTER_INTERVAL) // 1000
    return [Update(_contact_key(one), is_allowed, set=contacted) for one in sorted(ids)]


def _contact_key(id: str) -> Key:
    return Key(f"{CONTACTED}#{id}", MESSAGE)


def recipient_to_item(recipient: Recipient) -> Item:
    optional: Item = {"notified_at": millis(recipient.notified_at) if recipient.notified_at else 0}
    optional["reached"] = sorted(map(str, recipient.reached))
    optional["orders"] = {order_id: list(astuple(order)) for order_id, order in recipient.orders.items()}
    return {
        **_ids_to_item(recipient, recipient.person, recipient.user_id),
        "page": recipient.page,
        "version": recipient.version,
        **{name: value for name, value in optional.items() if value},
    }


def _other_user_to_item(recipient: Recipient, user_id: str) -> Item:
    return {**_ids_to_item(recipient, user_id, user_id), "person": recipient.person}


def _ids_to_item(recipient: Recipient, key_user: str, user_id: str) -> Item:
    return {
        **recipient_key(recipient.circle_id, key_user).attributes(),
        "circle_id": recipient.circle_id,
        "campaign_id": recipient.campaign_id,
        "user_id": user_id,
        "choice": recipient.choice,
        "gsi1pk": f"RECIPIENT#{user_id}",
        "gsi1sk": recipient.circle_id,
    }


def recipient_from_item(item: Item) -> Recipient:
    new = Recipient(
        circle_id=item["circle_id"],
        campaign_id=item["campaign_id"],
        person=item["sk"].removeprefix("USER#"),
        user_id=item["user_id"],
        choice=item["choice"],
        page=item["page"],
        version=item["version"],
        reached=frozenset(map(Stage, item.get("reached", ()))),
        orders={order_id: CampaignOrder(*known) for order_id, known in item.get("orders", {}).items()},
    )
    return replace(new, notified_at=from_millis(item["notified_at"])) if "notified_at" in item else new


RECIPIENTS = EntityStore(recipient_to_item, recipient_from_item, NotFound)

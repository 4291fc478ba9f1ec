"""The attributes of a circle's item. Its key is in `circles`."""

from __future__ import annotations

from services.circles.domain import Circle, CircleState
from services.circles.repository.ownership import ownership_offer_from_item, ownership_offer_to_item
from services.circles.repository.pages import page_from_item, page_to_item
from services.circles.repository.screenings import screening_from_item, screening_to_item
from services.shared.kernel.clock import from_millis, from_rfc3339, millis, rfc3339
from services.shared.security.account_status import levels_from_item, levels_to_item
from services.shared.security.selling import Selling
from services.shared.security.violations import Violation
from services.shared.table.items import Item

DUE = "DUE"
SELLING = ("activated_at", "selling_paused_until")


def circle_to_attributes(circle: Circle) -> Item:
    owner_levels = levels_to_item(circle.owner_account_status, "owner_") if circle.owner_status_version else {}
    optional: Item = {
        "gsi1pk": DUE if circle.due_at else None,
        "gsi1sk": f"{rfc3339(circle.due_at)}#{circle.id}" if circle.due_at else None,
        "closes_at": millis(circle.closes_at) if circle.closes_at else None,
        "activated_at": millis(circle.selling.activated_at) if circle.selling.activated_at else None,
        "selling_paused_until": millis(circle.selling.paused_until) if circle.selling.paused_until else None,
        "offer": ownership_offer_to_item(circle.offer) if circle.offer else None,
        "past_candidates": list(circle.past_candidates),
        "owner_removed": circle.owner_removed,
        "screening_revision": circle.screening_revision,
        "screening": screening_to_item(circle.screening),
        "owner_status_version": circle.owner_status_version,
        "name_version": circle.name_version,
        "name_violation": str(circle.name_violation) if circle.name_violation else None,
        **page_to_item(circle.page),
    }
    return {
        "id": circle.id,
        "name": circle.name,
        "tags": list(circle.tags),
        "owner": circle.owner,
        "seat": circle.seat,
        "created_at": millis(circle.created_at),
        "version": circle.version,
        "state": str(circle.state),
        **{name: value for name, value in optional.items() if value},
        **owner_levels,
    }


def circle_from_item(item: Item) -> Circle:
    return Circle(
        id=item["id"],
        name=item["name"],
        tags=tuple(item["tags"]),
        owner=item["owner"],
        seat=item["seat"],
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        state=CircleState(item["state"]),
        owner_account_status=levels_from_item(item, "owner_"),
        owner_status_version=item.get("owner_status_version", 0),
        owner_removed=item.get("owner_removed", False),
        screening=screening_from_item(item),
        screening_revision=item.get("screening_revision", 0),
        due_at=from_rfc3339(item["gsi1sk"].partition("#")[0]) if "gsi1sk" in item else None,
        closes_at=from_millis(item["closes_at"]) if "closes_at" in item else None,
        offer=ownership_offer_from_item(item["offer"]) if "offer" in item else None,
        past_candidates=tuple(item.get("past_candidates", ())),
        page=page_from_item(item),
        members=item.get("members", 0),
        name_version=item.get("name_version", 0),
        name_violation=Violation(item["name_violation"]) if "name_violation" in item else None,
        selling=Selling(*(from_millis(item[name]) if name in item else None for name in SELLING)),
    )

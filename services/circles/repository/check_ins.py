"""The check-ins of a member in a circle."""

from __future__ import annotations

from datetime import date

from services.circles.domain.check_ins import CheckIns
from services.circles.repository.keys import user_item_key
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

SORT_KEY = "CHECK_INS"


def load_check_ins(table: Table, circle_id: str, user_id: str) -> Versioned[CheckIns]:
    return CHECK_INS.load_or(table, user_item_key(circle_id, user_id, SORT_KEY), CheckIns(circle_id, user_id))


def check_ins_to_item(check_ins: CheckIns) -> Item:
    days = {"first": check_ins.first, "last": check_ins.last}
    return {
        **user_item_key(check_ins.circle_id, check_ins.user_id, SORT_KEY).attributes(),
        "circle_id": check_ins.circle_id,
        "user_id": check_ins.user_id,
        **{name: day.isoformat() if day else "" for name, day in days.items()},
        "previous_run": [day.isoformat() for day in check_ins.previous_run or ()],
        "total": check_ins.total,
        "best": check_ins.best,
        "card_month": check_ins.card_month,
        "version": check_ins.version,
    }


def _check_ins_from_item(item: Item) -> CheckIns:
    run = [date.fromisoformat(day) for day in item["previous_run"]]
    return CheckIns(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        first=_day(item["first"]),
        last=_day(item["last"]),
        previous_run=(run[0], run[1]) if run else None,
        total=item["total"],
        best=item["best"],
        card_month=item["card_month"],
        version=item["version"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


CHECK_INS = EntityStore(check_ins_to_item, _check_ins_from_item, NotFound)

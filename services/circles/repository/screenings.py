"""The screening of newcomers, as an attribute of the circle."""

from __future__ import annotations

from services.circles.domain import Screening
from services.shared.table.items import Item


def screening_to_item(screening: Screening | None) -> Item | None:
    if screening is None:
        return None
    return {"rules": screening.rules, "questions": list(screening.questions), "approval": screening.approval}


def screening_from_item(item: Item) -> Screening | None:
    if "screening" not in item:
        return None
    screening = item["screening"]
    return Screening(screening["rules"], tuple(screening["questions"]), screening["approval"], item["screening_revision"])

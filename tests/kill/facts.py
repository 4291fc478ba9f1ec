"""The facts of product metrics, as runs with and without retries compare them."""

from __future__ import annotations

from typing import Any

from services.shared.table.items import Item

FACTS = "FACTS#"


def comparable_fact(item: Item) -> dict[str, Any]:
    """Return a fact without what is behind its hashes: the server chooses the ids of notes, and the time of a join."""
    return {**{name: item[name] for name in ("pk", "user", "day", "number", "counts")}, "sk": item["sk"].partition("#")[0]}

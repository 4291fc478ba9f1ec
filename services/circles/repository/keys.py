"""Keys that several modules share."""

from __future__ import annotations

from services.shared.table.items import Key


def user_item_key(circle_id: str, user_id: str, sk: str) -> Key:
    """Return the key of an item that belongs to one user in one circle: activity, drafts, choices, exports."""
    return Key(f"CIRCLE#{circle_id}#USER#{user_id}", sk)

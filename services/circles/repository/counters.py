"""Which counters a change in the table moves: members, likes and comments of notes, likes of authors, wrong passcodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.circles.domain import MemberState
from services.circles.repository.circles import CIRCLE
from services.circles.repository.comments import is_visible_comment
from services.circles.repository.like_events import list_new_likers, pending_like_event
from services.circles.repository.notes import counted_for, note_key
from services.circles.repository.reading_activity import likes_received_key
from services.circles.repository.wrong_guesses import GUESSES, NETWORK, PLATFORM, platform_key, platform_update
from services.shared.messaging.stream import Change
from services.shared.table.items import PRESENT, Item, Key, Update

Counter = tuple[Key, str]


def counters_of(change: Change) -> dict[Counter, int]:
    """Return the counters that a change moves, and by how much.

    Tombstones of comments do not count, nor do likes of their own notes for authors.
    """
    kind = change.key.sk.partition("#")[0]
    image = change.new or change.old or {}
    if kind == "COMMENT":
        by = is_visible_comment(change.new) - is_visible_comment(change.old)
        return {(note_key(*counted_for(change.key.pk, image)), "comments"): by} if by else {}
    if kind == "LIKE":
        circle_id, note_id = counted_for(change.key.pk, image)
        moves = {(note_key(circle_id, note_id), "likes"): change.item_count_change}
        if not change.key.pk.endswith(f"#{image['author']}"):
            moves[likes_received_key(circle_id, image["author"]), "likes_received"] = change.item_count_change
        return moves
    if kind == "MEMBER":
        by = _is_active(change.new) - _is_active(change.old)
        return {(Key(change.key.pk, CIRCLE), "members"): by} if by else {}
    if change.key.pk.startswith(NETWORK):
        wrong = (change.new or {}).get("wrong_guesses", 0) - (change.old or {}).get("wrong_guesses", 0)
        return {(platform_key(change.key.sk.removeprefix(GUESSES)), "wrong_guesses"): max(wrong, 0)}
    return {}


def _is_active(image: Item | None) -> int:
    return int(image is not None and image["state"] == MemberState.MEMBER)


def sum_changes(changes: Sequence[Change]) -> dict[Counter, int]:
    """Return how much each counter moves by these changes together."""
    sums: dict[Counter, int] = {}
    for change in changes:
        for counter, by in counters_of(change).items():
            sums[counter] = sums.get(counter, 0) + by
    return {counter: by for counter, by in sums.items() if by}


def updates_of(changes: Sequence[Change], at: datetime) -> list[Update]:
    """Return one update per item: the likes and comments of a note are counted together.

    The update that counts a like of another user than the author carries the event of this minute. Where likes were taken back
    in the same batch, so that their number stays, there is no event: a note whose likes were never counted has no number.
    """
    sums: dict[Key, dict[str, int]] = {}
    for (key, name), by in sum_changes(changes).items():
        sums.setdefault(key, {})[name] = by
    likers = list_new_likers(changes)
    liked = {key: pending_like_event(key, likers[key], at) for key, by in sums.items() if key in likers and "likes" in by}
    return [_update(key, by, liked.get(key, {})) for key, by in sums.items()]


def counted_parts(changes: Sequence[Change]) -> set[str]:
    """Return the parts of guess windows in which these changes count wrong passcodes."""
    return {key.sk for key, _ in sum_changes(changes) if key.pk == PLATFORM}


def _update(key: Key, by: dict[str, int], pending: Item) -> Update:
    if key.pk == PLATFORM:
        return platform_update(key, by)
    # A deleted note or counter must not be created again by a late change.
    if key.sk.startswith(("NOTE#", CIRCLE)) or by.get("likes_received", 0) < 0:
        return Update(key, PRESENT, set=pending, add=by)
    return Update(key, None, add=by)

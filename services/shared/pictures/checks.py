"""The items of uploaded pictures: the worker's check of each, and the time that a user has used of the worker."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from services.shared.kernel.clock import millis, millis_of
from services.shared.kernel.ids import KEY_LIFETIME
from services.shared.messaging.stream import Change
from services.shared.pictures.settings import PictureSettings
from services.shared.pictures.upload import Codes, Picture, PictureType, PictureUpload, checked_upload
from services.shared.table.items import Attr, Condition, Item, Key
from services.shared.table.port import ConditionFailed, Table

PICTURE = "PICTURE#"  # the prefix of the sort keys


def picture_key(scope: str, author: str, picture_id: str) -> Key:
    return Key(picture_partition(scope, author), f"{PICTURE}{picture_id}")


def picture_partition(scope: str, author: str) -> str:
    return f"PICTURES#{scope}#{author}"


def acquire_picture(
    table: Table, scope: str, author: str, picture_id: str, upload_hash: str, at: datetime, settings: PictureSettings
) -> int:
    """Acquire the check of a picture for one upload, and return how often this upload did: 1 the first time.

    A form can be used more than once, and a retry gets another form for the same picture. Only the upload that was seen first
    becomes the picture. Return 0 if another upload has the check, or if it is completed.
    """
    is_of_upload = Attr("upload").not_exists() | Attr("upload").eq(upload_hash)
    try:
        item = table.update(
            picture_key(scope, author, picture_id),
            set={"upload": upload_hash, "expires_at": _expires_at(at, settings)},
            add={"tries": 1},
            when=Attr("flaw").not_exists() & is_of_upload,
        )
    except ConditionFailed:
        return 0
    return int(item["tries"])


def put_picture_check(
    table: Table, scope: str, author: str, picture: Picture, at: datetime, flaw: str, settings: PictureSettings
) -> None:
    """Complete the check of an acquired picture. flaw: a key of FLAWS, or empty if the picture is valid.

    Unchanged if it is completed: two workers can check the same upload at once, and the first result stays.
    """
    key, expires_at = picture_key(scope, author, picture.id), _expires_at(at, settings)
    item = {**key.attributes(), **picture_to_item(picture), "flaw": flaw, "expires_at": expires_at}
    with contextlib.suppress(ConditionFailed):
        table.put(item, when=Attr("flaw").not_exists())


def _expires_at(at: datetime, settings: PictureSettings) -> int:
    """A picture must stay known for longer than an Idempotency-Key: a retry must not upload another one in its place."""
    return millis(at + max(settings.checked_picture_lifetime, 2 * KEY_LIFETIME)) // 1000


def find_picture_check(
    table: Table, scope: str, author: str, picture_id: str, *, consistent_read: bool = False
) -> PictureUpload | None:
    """Return the upload of a picture if the worker completed its check."""
    item = table.get(picture_key(scope, author, picture_id), consistent_read=consistent_read)
    if not item or "flaw" not in item:
        return None
    return checked_upload(picture_from_item(item), item["flaw"], item.get("used_by", ""))


def use_picture(table: Table, scope: str, author: str, picture_id: str, used_by: str) -> bool:
    """Mark a valid picture as used, where a picture can be used once; return False if something else uses it.

    Unchanged if this has it already: a retry. The check must exist, so a picture that is no longer remembered is not used.
    Cost: 1 write unit.
    """
    is_free = Attr("used_by").not_exists() | Attr("used_by").eq(used_by)
    try:
        table.update(picture_key(scope, author, picture_id), set={"used_by": used_by}, when=Attr("flaw").eq("") & is_free)
    except ConditionFailed:
        return False
    return True


def find_unused_picture(change: Change) -> tuple[str, str, str] | None:
    """Return scope, author and id of a picture whose check was deleted before anything used it; None for other changes."""
    if change.new is not None or not change.old or not change.key.sk.startswith(PICTURE) or "used_by" in change.old:
        return None
    _, scope, author = change.key.pk.split("#")
    return scope, author, change.key.sk.removeprefix(PICTURE)


def delete_picture_check(table: Table, scope: str, author: str, picture_id: str) -> None:
    table.delete(picture_key(scope, author, picture_id), when=None)


def reserve_worker_time(table: Table, user_id: str, at: datetime, duration: timedelta, share: timedelta) -> bool:
    """Count the most that a picture can take, before it is processed; return False if that exceeds the user's share.

    share: of one user and minute.
    So the pictures that several workers process at once count too. After a crash the time stays counted for the minute.
    """
    most = millis_of(share - duration)
    is_within_share = Attr("milliseconds").not_exists() | Attr("milliseconds").le(most)
    try:
        _count(table, user_id, at, duration, is_within_share)
    except ConditionFailed:
        return False
    return True


def add_worker_time(table: Table, user_id: str, at: datetime, duration: timedelta) -> None:
    """Correct the time that was reserved at `at` by the difference to what the picture took."""
    _count(table, user_id, at, duration, None)


def _count(table: Table, user_id: str, at: datetime, duration: timedelta, when: Condition | None) -> None:
    key = Key(f"UPLOADER#{user_id}", f"MINUTE#{millis(at) // 60_000}")
    milliseconds, expires_at = millis_of(duration), millis(at + timedelta(days=1)) // 1000
    table.update(key, add={"milliseconds": milliseconds}, set={"expires_at": expires_at}, when=when)


def picture_to_item(picture: Picture) -> Item:
    size = {"width": picture.width, "height": picture.height}
    return {"id": picture.id, "type": str(picture.type), **size, **_codes_to_item(picture.codes)}


def picture_from_item(item: Item) -> Picture:
    return Picture(item["id"], PictureType(item["type"]), item["width"], item["height"], _codes_from_item(item))


def picture_to_list(picture: Picture) -> list[Any]:
    """Return a picture as a list without names, which is shorter."""
    codes = _codes_to_item(picture.codes)
    return [picture.id, str(picture.type), picture.width, picture.height, *([codes] if codes else [])]


def picture_from_list(stored: list[Any]) -> Picture:
    picture_id, media_type, width, height, *codes = stored
    return Picture(picture_id, PictureType(media_type), int(width), int(height), *map(_codes_from_item, codes))


def _codes_to_item(codes: Codes) -> Item:
    products = {"products": list(codes.products)} if codes.products else {}
    return {**products, **({"has_link": True} if codes.has_link else {})}


def _codes_from_item(item: Item) -> Codes:
    return Codes(tuple(item.get("products", ())), item.get("has_link", False))

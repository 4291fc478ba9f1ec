"""The files of pictures in the bucket: their names, and those of pictures that are down.

A name is `<folder>/<scope>/<author>/<picture>`. scope: whose pictures are given to the same users, such as a circle.
An address of one picture is signed for all of its scope, so only a file that is not there cannot be loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from services.shared.pictures.bucket import Bucket

RAW, SHOWN, THUMB = "raw", "shown", "thumb"
TAKEN_DOWN = "taken_down"  # the folder; neither a form nor an address reaches it
FOLDERS = (RAW, SHOWN, THUMB, f"{TAKEN_DOWN}/{SHOWN}", f"{TAKEN_DOWN}/{THUMB}")


def picture_object_key(folder: str, scope: str, author: str, picture_id: str) -> str:
    """Return the key of a picture's object in the bucket."""
    return f"{folder}/{scope}/{author}/{picture_id}"


def move_picture(bucket: Bucket, scope: str, author: str, picture_id: str, *, is_hidden: bool) -> None:
    """Move a picture and its thumbnail to the folder of what is down, or back."""
    for folder in (SHOWN, THUMB):
        shown = picture_object_key(folder, scope, author, picture_id)
        if is_hidden:
            hide_file(bucket, shown)
        else:
            show_file(bucket, shown)


def hide_file(bucket: Bucket, object_key: str) -> None:
    """Move a file to the folder. A repeat after a crash, when the copy is there, deletes the file only."""
    hidden = f"{TAKEN_DOWN}/{object_key}"
    if not bucket.exists(hidden):
        bucket.copy(object_key, hidden)
    bucket.delete(object_key)


def show_file(bucket: Bucket, object_key: str) -> None:
    """Copy a file back from the folder. Its copy there stays until its scope is deleted."""
    bucket.copy(f"{TAKEN_DOWN}/{object_key}", object_key)


def delete_hidden_file(bucket: Bucket, object_key: str) -> None:
    """Delete the copy of a file that was taken down and is not to come back."""
    bucket.delete(f"{TAKEN_DOWN}/{object_key}")


def delete_picture(bucket: Bucket, scope: str, author: str, picture_id: str) -> None:
    """Delete all files of a picture, also those that were taken down. A repeat changes nothing."""
    for folder in FOLDERS:
        bucket.delete(picture_object_key(folder, scope, author, picture_id))


def delete_files_of(bucket: Bucket, scope: str, author: str, *, kept: Collection[str]) -> Iterator[None]:
    """Delete all files of a user in a scope but those of the pictures that are kept; yield after each of them."""
    for folder in FOLDERS:
        prefix = picture_object_key(folder, scope, author, "")
        for object_key in bucket.iter_keys(prefix):
            if object_key.removeprefix(prefix) not in kept:
                bucket.delete(object_key)
                yield


def delete_files_of_scope(bucket: Bucket, scope: str) -> Iterator[None]:
    """Delete all files of a scope; yield after each page."""
    for folder in FOLDERS:
        while bucket.delete_page(f"{folder}/{scope}/"):
            yield

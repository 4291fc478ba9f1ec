"""The invariants about files of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.shared.pictures.upload import MAX_TRIES
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item
from simulation.driver import Driver
from simulation.faults import Fault


def listing_files_in_wrong_places(driver: Driver, items: list[Item]) -> Iterator[str]:
    """Compare the files of pictures of listings with the pages and the uploads that no listing uses yet."""
    up = set[str]()
    for item in items:
        if item["sk"].startswith("PAGE#") and not item.get("hidden"):
            up |= {f"{item['pk'].partition('#')[2]}/{item['seller_id']}/{each[0]}" for each in item.get("pictures", ())}
        elif item.get("flaw") == "" and "used_by" not in item:
            up.add("/".join((*item["pk"].split("#")[1:], item["id"])))
    reachable = {name.partition("/")[2] for name in driver.commerce_bucket.files if name.startswith(("shown/", "thumb/"))}
    down = {each[0] for item in items if item["sk"].startswith("PAGE#") and "hidden" in item for each in item["pictures"]}
    yield from (f"{name} of a listing is missing" for name in up - reachable)
    for name in reachable - up:
        if name.rpartition("/")[2] in down or not is_pending(name, items):
            yield f"{name} of a listing can be loaded"


def room_files_in_wrong_places(driver: Driver, items: list[Item]) -> Iterator[str]:
    """Compare the files of pictures in rooms with the messages and the uploads that no message uses yet."""
    down, up = set[str](), set[str]()
    for item in items:
        if item["sk"].startswith("MSG#"):
            for picture_id, *_ in item.get("pictures", ()):
                (down if is_down(item) else up).add(f"{item['room_id']}/{item['sender']}/{picture_id}")
        elif item.get("flaw") == "" and "used_by" not in item:
            up.add("/".join((*item["pk"].split("#")[1:], item["id"])))
    reachable = {name.partition("/")[2] for name in driver.chat_bucket.files if name.startswith(("shown/", "thumb/"))}
    yield from (f"{name} of a room is missing" for name in up - reachable)
    yield from (f"{name} of a room can be loaded" for name in reachable - up if name in down or not is_pending(name, items))


def gave_up_picture(driver: Driver, plan: Mapping[int, Fault]) -> bool:
    """Whether each try of a worker failed, so that it rejected the upload, as it must: its user uploads the picture again."""
    items = (item for table in driver.tables.values() for item in table.stored_items())
    return len(plan) >= MAX_TRIES and any(item.get("flaw") == "not_processed" for item in items)


def is_pending(name: str, items: list[Item]) -> bool:
    """Whether a picture has its files, and its worker or its send is not done."""
    _, author, picture_id = name.split("/")
    return any(item["sk"] == f"PICTURE#{picture_id}" and item["pk"].endswith(f"#{author}") for item in items)

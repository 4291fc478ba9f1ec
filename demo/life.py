"""The part of the story in which the circle lives: interests, what is held up, days, somebody at the door, an archive."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from demo import lines
from demo.client import Client, Unexpected, until
from demo.stage import SOON, Story


def live(story: Story) -> None:
    lin, mei, hao, qiu = (story.people[name] for name in ("lin", "mei", "hao", "qiu"))
    with story.step("拼音、繁体、英文搜到同一个兴趣", "pinyin, traditional script and English find the same interest"):
        found = {hao.call("circles", "GET", f"/tags?q={text}&limit=1")["items"][0]["slug"] for text in lines.INTEREST}
        if found != {"birdwatching"}:
            raise Unexpected(f"the search found {found}")
    with story.step("笔记置顶、收进精华，用繁体也能搜到", "the note is pinned and archived; the archive is searched"):
        note = story.circle(f"/notes/{story.note_id}")
        for place in ("pin", "archive"):
            lin.call("circles", "PUT", f"{note}/{place}", expect=204)
        until(lambda: _is_archived(hao, story), SOON, "the archive")
    with story.step("小豪读了这篇，打卡第一天", "Hao has read it, and checks in"):
        before = hao.call("circles", "GET", "/tags/birdwatching")["views"]
        hao.call("circles", "POST", story.circle("/views"), {"note_ids": [story.note_id]}, expect=204)
        if hao.call("circles", "POST", story.circle("/check-ins"))["streak"] != 1:
            raise Unexpected("the streak does not begin")
        until(lambda: hao.call("circles", "GET", "/tags/birdwatching")["views"] > before or None, SOON, "the views")
    with story.step("圈子挂出简介；小秋敲门，等人开门", "the circle shows a little of itself; the fourth knocks and waits"):
        lin.call("circles", "PUT", story.circle("/teaser"), lines.TEASER)
        teaser = qiu.call("circles", "GET", story.circle("/teaser"))
        if set(teaser) != {"circle_id", "name", "words", "tags", "shown_since"}:
            raise Unexpected(f"the teaser tells more than it should: {teaser}")
        qiu.call("circles", "POST", story.circle("/join-requests"), lines.KNOCK, expect=204)
        qiu.call("circles", "GET", story.circle("/notes"), expect=404)
        if [one["user_id"] for one in lin.call("circles", "GET", story.circle("/pending"))["items"]] != [qiu.user_id]:
            raise Unexpected("nobody waits at the door")
    with story.step("小梅导出自己的内容，逐行核对", "Mei takes an archive of what is hers, and checks it line by line"):
        texts = _take_along(mei, story)
        if texts != [lines.NOTE["text"]]:
            raise Unexpected(f"the archive holds {texts}")


def _is_archived(client: Client, story: Story) -> bool | None:
    found = client.call("circles", "GET", story.circle(f"/archive?q={lines.TRADITIONAL}"))["items"]
    return [one["note_id"] for one in found] == [story.note_id] or None


def _take_along(client: Client, story: Story) -> list[str]:
    """The notes of one's own archive, each part held against the manifest's digest. The schedule would come within a minute;
    here it is called at once."""
    exports = story.circle("/exports")
    export_id = client.call("circles", "POST", exports, {"kind": "own"}, expect=201)["export_id"]
    function = f"coterie-{story.cloud.stage}-circles-on-schedule"
    story.cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    ready = until(lambda: _ready(client, f"{exports}/{export_id}"), SOON, "the archive")
    rows: list[dict[str, Any]] = []
    for number, part in enumerate(ready["parts"], 1):
        data = client.fetch("circles", f"{exports}/{export_id}/files/{number}")
        if hashlib.sha256(data).hexdigest() != part["sha256"]:
            raise Unexpected(f"{part['name']} is not what the manifest says")
        rows += map(json.loads, data.decode().splitlines())
    return [row["text"] for row in rows if row["kind"] == "note"]


def _ready(client: Client, path: str) -> dict[str, Any] | None:
    export: dict[str, Any] = client.call("circles", "GET", path)
    return export if export["state"] == "ready" else None

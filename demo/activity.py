"""Everyday use of the circle: interests, highlights, check-ins, a teaser with a request to join, a data export."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario
from services import SERVICES


def use_circle(scenario: Scenario) -> None:
    search_interests(scenario)
    highlight_note(scenario)
    check_in(scenario)
    request_to_join(scenario)
    export_own_data(scenario)


def search_interests(scenario: Scenario) -> None:
    (hao,) = scenario.users_named("hao")
    with scenario.step(
        "拼音、繁体、英文都能搜到同一个标签", "pinyin, traditional characters and English find the same interest"
    ):
        slugs = {hao.call("GET", f"/tags?q={text}&limit=1")["items"][0]["slug"] for text in texts.INTEREST}
        if slugs != {"birdwatching"}:
            raise UnexpectedResponse(f"the search found {slugs}")


def highlight_note(scenario: Scenario) -> None:
    lin, hao = scenario.users_named("lin", "hao")
    note = scenario.circle(f"/notes/{scenario.note_id}")

    def is_found() -> bool | None:
        items = hao.call("GET", scenario.circle(f"/highlights?q={texts.TRADITIONAL}"))["items"]
        return [item["note_id"] for item in items] == [scenario.note_id] or None

    with scenario.step("笔记置顶并加精，用繁体也能搜到", "the note is pinned and highlighted; a search finds it"):
        for list_name in ("pin", "highlight"):
            lin.call("PUT", f"{note}/{list_name}", expect=204)
        wait_until(is_found, EVENT_TIMEOUT_SECONDS, "the highlighted note")


def check_in(scenario: Scenario) -> None:
    (hao,) = scenario.users_named("hao")

    with scenario.step("小豪读完这篇，打卡第 1 天", "Hao reads the note and checks in for the first day"):
        before = hao.call("GET", "/tags/birdwatching")
        hao.call("POST", scenario.circle("/views"), {"note_ids": [scenario.note_id]}, expect=204)
        if hao.call("POST", scenario.circle("/check-ins"))["streak"] != 1:
            raise UnexpectedResponse("the first check-in is not a streak of 1")
        if hao.call("GET", "/tags/birdwatching") != before:
            raise UnexpectedResponse("one view changes what all users see of a tag")


def request_to_join(scenario: Scenario) -> None:
    lin, qiu = scenario.users_named("lin", "qiu")
    with scenario.step("圈子发布简介；小秋申请加入，等待审核", "the circle publishes a teaser; Qiu requests to join"):
        lin.call("PUT", scenario.circle("/teaser"), texts.TEASER, etag="0")
        teaser = qiu.call("GET", scenario.circle("/teaser"))
        if set(teaser) != {"circle_id", "name", "text", "tags", "listed_at", "etag"}:
            raise UnexpectedResponse(f"the teaser has other fields than expected: {teaser}")
        qiu.call("POST", scenario.circle("/join-requests"), texts.JOIN_REQUEST, expect=204)
        qiu.call("GET", scenario.circle("/notes"), expect=404)
        pending = lin.call("GET", scenario.circle("/pending-members"))["items"]
        if [member["user_id"] for member in pending] != [qiu.user_id]:
            raise UnexpectedResponse("the request to join is not listed")


def export_own_data(scenario: Scenario) -> None:
    (mei,) = scenario.users_named("mei")
    with scenario.step("小梅导出自己的内容，逐行核对", "Mei exports her data and checks it line by line"):
        notes = _export_notes(mei, scenario)
        if notes != [texts.NOTE["text"]]:
            raise UnexpectedResponse(f"the export contains {notes}")


def _export_notes(client: Client, scenario: Scenario) -> list[str]:
    """Export the user's own data, compare each file with its hash in the manifest, and return the texts of the notes."""
    exports = scenario.circle("/exports")
    export_id = client.call("POST", exports, {"kind": "own"}, expect=201)["export_id"]
    export = wait_until(
        lambda: _find_ready(client, scenario, f"{exports}/{export_id}"), EVENT_TIMEOUT_SECONDS, "the export", pause=0.5
    )
    entries: list[dict[str, Any]] = []
    for index, part in enumerate(export["parts"], 1):
        data = client.api.download(f"{exports}/{export_id}/files/{index}")
        if hashlib.sha256(data).hexdigest() != part["sha256"]:
            raise UnexpectedResponse(f"{part['name']} differs from its hash in the manifest")
        entries += map(json.loads, data.decode().splitlines())
    return [entry["text"] for entry in entries if entry["kind"] == "note"]


def _find_ready(client: Client, scenario: Scenario, path: str) -> dict[str, Any] | None:
    """Return the export once all services have written their parts. Their schedules run within a minute: run them now."""
    functions = scenario.cloud.client("lambda")
    for service in SERVICES:
        functions.invoke(FunctionName=f"coterie-{scenario.cloud.stage}-{service}-on-schedule", Payload=b"{}")
    export: dict[str, Any] = client.call("GET", path)
    return export if export["state"] == "ready" else None

"""A take-down and its appeal: what reviewers decide is measured in every place where the content showed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

from rich.table import Table

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario

Places = Mapping[str, Callable[[], bool]]  # whether the content shows in a place


def take_down(scenario: Scenario) -> None:
    """A note and a message of Hao and the circle's name are taken down, and restored on appeal by another reviewer."""
    lin, mei, hao, rui, shan = scenario.users_named("lin", "mei", "hao", "rui", "shan")
    lin = wait_until(partial(_sign_in_again, lin), EVENT_TIMEOUT_SECONDS, "a sign-in after the suspension")
    with scenario.step("小豪的笔记和消息、圈子的名字被举报", "a note and a message of Hao and the circle's name are reported"):
        note_id = hao.call("POST", scenario.circle("/notes"), texts.REPORTED_NOTE, expect=201)["note_id"]
        mei.call("POST", scenario.circle(f"/notes/{note_id}/comments"), {"text": texts.TALK[0]}, expect=201)
        seq = wait_until(partial(_send, hao, scenario), EVENT_TIMEOUT_SECONDS, "the end of the suspension in chat")
        mei.call("POST", scenario.circle(f"/notes/{note_id}/reports"), texts.CONTENT_REPORT, expect=204)
        mei.call("POST", scenario.room("/reports"), {"seq": seq, **texts.CONTENT_REPORT}, expect=204)
        mei.call("POST", scenario.circle("/name/reports"), texts.NAME_REPORT, expect=204)
        places = {**_places_of(scenario, mei, note_id, seq), **_places_of_name(scenario, mei)}
        wait_until(lambda: all(shows() for shows in places.values()) or None, EVENT_TIMEOUT_SECONDS, "the content")
    authors = {note_id: hao, f"{scenario.room_id}/{seq}": hao, f"{scenario.circle_id}/name": lin}
    with scenario.step("审核员判定违规，内容随即下架，作者看得到理由", "a reviewer takes all down; the authors read why"):
        cases = {
            wait_until(partial(_find_case, rui, subject), EVENT_TIMEOUT_SECONDS, "the case"): author
            for subject, author in authors.items()
        }
        decided = time.monotonic()
        for case_id in cases:
            rui.call("POST", f"/cases/{case_id}/decision", texts.UPHELD)
        removed = _measure(places, decided, shows=False)
        for author in (hao, lin):
            _require_reasons(author, {case_id for case_id, by in cases.items() if by is author})
    with scenario.step("作者申诉，另一位审核员改判，内容恢复", "they appeal; another reviewer restores all"):
        for case_id, author in cases.items():
            author.call("POST", f"/me/take-downs/{case_id}/appeal", texts.CONTENT_APPEAL, expect=201)
        appeals = shan.call("GET", "/appeals?limit=50")["items"]
        rui.call("POST", f"/appeals/{appeals[0]['appeal_id']}/decision", texts.GRANTED, expect=403)
        decided = time.monotonic()
        for appeal in appeals:
            shan.call("POST", f"/appeals/{appeal['appeal_id']}/decision", texts.GRANTED)
        restored = _measure(places, decided, shows=True)
    scenario.console.print(_table(removed, restored))


def _sign_in_again(client: Client) -> Client | None:
    """Sign in again, because the suspension ended the sign-in; None while its end is of the same second."""
    again = Client(client.cloud, client.user)
    status, _ = again.ask("GET", "/me/take-downs")
    return again if status == 200 else None


def _send(author: Client, scenario: Scenario) -> int | None:
    """Send the message that is reported, and return its number; None while chat has the circle as read-only."""
    message = {"client_msg_id": "hao-reported", "after_seq": scenario.sent[-1], "text": texts.REPORTED_MESSAGE}
    status, sent = author.ask("POST", scenario.room("/messages"), message)
    return int(sent["seq"]) if status == 201 else None


def _places_of(scenario: Scenario, reader: Client, note_id: str, seq: int) -> Places:
    """Return what a reader sees of the note and of the message, place by place."""

    def is_listed(path: str, name: str, value: object, **expected: object) -> bool:
        items = reader.call("GET", path)["items"]
        return any(item[name] == value and expected.items() <= item.items() for item in items)

    note = scenario.circle(f"/notes/{note_id}")
    return {
        "动态 · feed": partial(is_listed, scenario.circle("/notes"), "note_id", note_id),
        "笔记页 · page of the note": partial(_is_found, reader, note),
        "评论 · comments": partial(_is_found, reader, f"{note}/comments"),
        "聊天记录 · history": partial(is_listed, scenario.room("/messages"), "seq", seq, kind="text"),
        "会话列表 · chat list": lambda: _find_last_text(reader, scenario) == texts.REPORTED_MESSAGE,
    }


def _places_of_name(scenario: Scenario, reader: Client) -> Places:
    """Return where a reader sees the name that the circle has now."""
    name = reader.call("GET", scenario.circle(""))["name"]

    def shows(path: str) -> bool:
        return any(item["name"] == name for item in reader.call("GET", path)["items"])

    return {
        "圈子名，圈子页 · name, page": lambda: reader.call("GET", scenario.circle(""))["name"] == name,
        "圈子名，我的圈子 · name, circles": partial(shows, "/circles"),
        "圈子名，聊天室 · name, rooms": partial(shows, scenario.circle("/rooms")),
    }


def _is_found(reader: Client, path: str) -> bool:
    return reader.ask("GET", path)[0] == 200


def _find_last_text(reader: Client, scenario: Scenario) -> str:
    rooms = reader.call("GET", "/rooms")["items"]
    last = next(room["last_message"] for room in rooms if room["room_id"] == scenario.room_id)
    return str(last and last["text"])


def _find_case(reviewer: Client, subject: str) -> str | None:
    cases = reviewer.call("GET", "/cases?limit=100")["items"]
    return next((case["case_id"] for case in cases if case["subject"]["id"] == subject), None)


def _measure(places: Places, since: float, *, shows: bool) -> dict[str, float]:
    """Return the seconds after which the content shows in each place, or no more."""
    seconds: dict[str, float] = {}

    def is_done() -> bool | None:
        for name in places.keys() - seconds.keys():
            if places[name]() is shows:
                seconds[name] = time.monotonic() - since
        return len(seconds) == len(places) or None

    wait_until(is_done, EVENT_TIMEOUT_SECONDS, "the change in all places", pause=0.02)
    return {name: seconds[name] for name in places}


def _require_reasons(author: Client, case_ids: set[str]) -> None:
    own = {item["case_id"]: item for item in author.call("GET", "/me/take-downs")["items"]}
    if not case_ids <= own.keys() or not all(own[case_id]["violation"]["zh_cn"] for case_id in case_ids):
        raise UnexpectedResponse(f"the author reads no reason: {own}")


def _table(removed: dict[str, float], restored: dict[str, float]) -> Table:
    table = Table("位置 · place", "下架 · down", "恢复 · restored", title="下架与恢复 · take-down and appeal, in seconds")
    for name, seconds in removed.items():
        table.add_row(name, f"{seconds:.2f}", f"{restored[name]:.2f}")
    return table

"""Chat in the circle's lobby, over sockets."""

from __future__ import annotations

from functools import partial

from demo import texts
from demo.client import UnexpectedResponse, wait_until
from demo.founding import find_lobby
from demo.pictures import dawn, has_same_pixels
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario

MEMBERS = ("lin", "mei", "hao", "yan")


def chat(scenario: Scenario) -> None:
    """Four members talk; one reads what a lost connection missed."""
    with scenario.step("4 位成员进入聊天室", "four members connect to the lobby"):
        for name in MEMBERS:
            _connect(scenario, name)
    with scenario.step("一条消息，1 秒内所有人收到", "a message reaches every member within a second"):
        seq = scenario.send("hao", texts.TALK[0])
        for name in MEMBERS:
            scenario.sockets[name].wait_for(seq, 1)
    with scenario.step("多人同时聊天，每个人看到的顺序一致", "they talk, and all see the same order"):
        for name, text in zip(("mei", "yan", "lin", "hao"), texts.TALK[1:], strict=True):
            scenario.send(name, text)
        for name in MEMBERS:
            for seq in scenario.sent:
                scenario.sockets[name].wait_for(seq, EVENT_TIMEOUT_SECONDS)
    with scenario.step("小豪发一张图，不写文字，其他人直接看到", "Hao sends a picture without a text; others load it"):
        _send_picture(scenario)
    with scenario.step("断线重连后补齐消息，未读清零", "history after a sequence number fills a gap; nothing is unread"):
        _catch_up(scenario)


def _connect(scenario: Scenario, name: str) -> None:
    user = scenario.users[name]
    wait_until(partial(find_lobby, user, scenario), EVENT_TIMEOUT_SECONDS, "the lobby")
    scenario.sockets[name] = user.connect(scenario.circle_id, scenario.room_id)


def _send_picture(scenario: Scenario) -> None:
    hao, lin = scenario.users_named("hao", "lin")
    picture = dawn(480, 320, warmth=30)
    picture_id = hao.api.upload_picture(scenario.circle_id, picture, "image/png", room_id=scenario.room_id)
    seq = scenario.send("hao", "", pictures=[picture_id])
    (pushed,) = scenario.sockets["lin"].wait_for(seq, EVENT_TIMEOUT_SECONDS)["pictures"]
    if not has_same_pixels(lin.load_picture(pushed["url"]), picture):
        raise UnexpectedResponse("the picture of the message differs from the uploaded one")


def _catch_up(scenario: Scenario) -> None:
    mei = scenario.users["mei"]
    page = mei.call("GET", scenario.room(f"/messages?after_seq={scenario.sent[0]}"))
    if [message["seq"] for message in page["items"]] != scenario.sent[1:]:
        raise UnexpectedResponse("messages are missing from the history")
    mei.call("PUT", scenario.room("/read-marker"), {"seq": scenario.sent[-1]})
    if (find_lobby(mei, scenario) or {}).get("unread") != 0:
        raise UnexpectedResponse("the room still has unread messages")

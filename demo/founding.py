"""The founding of a circle: the application, its review by two reviewers, and the opening."""

from __future__ import annotations

from typing import Any

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.pictures import dawn
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def apply_and_review(scenario: Scenario) -> None:
    """Lin applies for a circle; two reviewers approve."""
    lin, rui, shan, ops = scenario.users_named("lin", "rui", "shan", "ops")
    with scenario.step("运营人员核验实名，登记审核员", "the operator enrols the reviewers by their real names"):
        for reviewer in (user for name, user in scenario.users.items() if name in ("rui", "shan", "tao")):
            body = {"real_name_token": reviewer.get_real_name_token()}
            ops.call("PUT", f"/reviewers/{reviewer.user_id}", body, expect=204)
    with scenario.step("阿林起草申请；材料不全，提交时提示缺少哪些", "Lin drafts an application and sees what is missing"):
        draft = lin.call("POST", "/applications", {"circle_name": scenario.name_of(texts.CIRCLE)}, expect=201)
        scenario.application_id = draft["application_id"]
        lin.call("POST", f"/applications/{scenario.application_id}/submission", expect=422)
    path = f"/applications/{scenario.application_id}"
    with scenario.step("补齐 4 项标准和经验材料，提交成功", "with all four criteria and evidence, it is submitted"):
        complete = {**texts.APPLICATION, "circle_name": scenario.name_of(texts.CIRCLE)}
        complete |= {"real_name_token": lin.get_real_name_token()}
        content_hash = lin.call("PUT", path, complete, etag=draft["etag"])["content_hash"]
        lin.call("POST", f"{path}/submission")
    with scenario.step("第一位审核员领取并通过，同一人不能审两次", "the first reviewer approves, and cannot decide again"):
        _approve(rui, path, content_hash)
        rui.call("POST", f"{path}/claim", expect=403)
    with scenario.step("第二位审核员通过，获得 100 个席位之一", "the second reviewer approves: Lin gets one of the 100 seats"):
        _approve(shan, path, content_hash)
        decided = lin.call("GET", path)
        if decided["state"] != "active" or not decided["seat"]:
            raise UnexpectedResponse(f"no seat was granted: {decided['state']}")


def _approve(reviewer: Client, path: str, content_hash: str) -> None:
    reviewer.call("POST", f"{path}/claim")
    decision = {**texts.APPROVAL, "content_hash": content_hash}
    reviewer.call("POST", f"{path}/decisions", decision, expect=201)


def open_circle(scenario: Scenario) -> None:
    """Lin activates the circle that review's event created; chat opens its lobby."""
    (lin,) = scenario.users_named("lin")
    with scenario.step("席位到位，圈子已建好，圈主开启圈子", "the seat's event creates the circle; its owner activates it"):
        circles = wait_until(lambda: lin.call("GET", "/circles")["items"] or None, EVENT_TIMEOUT_SECONDS, "the circle")
        scenario.circle_id = circles[0]["circle_id"]
        lin.call("POST", scenario.circle("/activation"), expect=204)
    with scenario.step("聊天室已开启", "the circle's lobby opens in chat"):
        room = wait_until(lambda: find_lobby(lin, scenario), EVENT_TIMEOUT_SECONDS, "the lobby")
        scenario.room_id = room["room_id"]


def write_page(scenario: Scenario) -> None:
    """Lin gives the circle a description and a cover, which members see."""
    (lin,) = scenario.users_named("lin")
    with scenario.step("圈主写圈子介绍，换封面", "its owner writes a description and uploads a cover"):
        cover = lin.api.upload_picture(scenario.circle_id, dawn(480, 270, 40), "image/png")
        body = {"description": texts.DESCRIPTION, "cover": cover}
        page = lin.call("PATCH", scenario.circle(), body, etag=lin.call("GET", scenario.circle())["etag"])
        if (page["description"], page["cover"]["id"]) != (texts.DESCRIPTION, cover):
            raise UnexpectedResponse(f"the page of the circle is {page}")


def rename_circle(scenario: Scenario) -> None:
    """Lin renames the circle; a name that looks like that of another circle is not available."""
    lin, mei = scenario.users_named("lin", "mei")
    new_name, taken = (scenario.name_of(name) for name in (texts.NEW_NAME, texts.ALIKE_NAME))
    with scenario.step("和别的圈子相像的名字不可用，繁体也一样", "a name that looks like another circle's is not available"):
        lin.call("PUT", scenario.circle("/name"), {"name": taken}, expect=409)
        lin.call("PUT", scenario.circle("/name"), {"name": texts.OFFICIAL_NAME}, expect=422)
        mei.call("PUT", scenario.circle("/name"), {"name": new_name}, expect=404)
    with scenario.step("圈主给圈子改名，成员几秒内看到新名字", "the owner renames the circle; members see it within seconds"):
        lin.call("PUT", scenario.circle("/name"), {"name": new_name})
        wait_until(lambda: _has_name(mei, scenario, new_name), EVENT_TIMEOUT_SECONDS, "the new name")


def _has_name(member: Client, scenario: Scenario, name: str) -> bool | None:
    """Whether the circle and its lobby show the name."""
    lobby = find_lobby(member, scenario)
    return True if lobby and lobby["name"] == member.call("GET", scenario.circle())["name"] == name else None


def find_lobby(client: Client, scenario: Scenario) -> dict[str, Any] | None:
    """Return the circle's lobby; None until chat has both the lobby and the user's membership."""
    rooms = [room for room in client.call("GET", "/rooms")["items"] if room["circle_id"] == scenario.circle_id]
    return next((room for room in rooms if room["kind"] == "lobby"), None)

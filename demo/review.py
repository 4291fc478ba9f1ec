"""Contested decisions: a rejected application that is appealed, and an owner who is suspended by mistake."""

from __future__ import annotations

from typing import Any

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def appeal(scenario: Scenario) -> None:
    """Qiu's application needs more information, is rejected, and is approved on appeal."""
    qiu, rui, shan, tao = scenario.users_named("qiu", "rui", "shan", "tao")
    with scenario.step("小秋也来申请；审核员请她补充，审核暂停计时", "Qiu applies too; a question stops the deadline"):
        body = {**texts.SECOND_APPLICATION, "real_name_token": qiu.get_real_name_token()}
        body["circle_name"] = scenario.name_of(body["circle_name"])
        path = f"/applications/{qiu.call('POST', '/applications', body, expect=201)['application_id']}"
        scenario.contested = path
        deadline = qiu.call("POST", f"{path}/submission")["decision_expected_by"]
        rui.call("POST", f"{path}/claim")
        rui.call("POST", f"{path}/questions", texts.QUESTION, expect=201)
        application = qiu.call("GET", path)
        if not deadline or application["currently_due"] != texts.QUESTION["fields"] or not application["due_by"]:
            raise UnexpectedResponse(f"the application does not name what is due: {application}")
    with scenario.step("补充后未通过，理由和下一步都写明", "she answers and is rejected, with the reasons and the next step"):
        complete = {**body, **texts.ANSWER}
        content_hash = qiu.call("PUT", path, complete, etag=application["etag"])["content_hash"]
        qiu.call("POST", f"{path}/submission")
        _decide(rui, path, {**texts.REJECTION, "content_hash": content_hash})
        application = qiu.call("GET", path)
        if application["state"] != "rejected" or not application["decisions"][0]["reasons"][0]["zh_cn"]:
            raise UnexpectedResponse(f"the rejection has no reason: {application}")
    with scenario.step("申诉：换 2 位审核员复核，改为通过", "she appeals: two other reviewers approve"):
        qiu.call("POST", f"{path}/appeal", texts.APPEAL, expect=201)
        rui.call("POST", f"{path}/claim", expect=403)
        for other in (shan, tao):
            _decide(other, path, {**texts.APPROVAL, "content_hash": content_hash})
        if qiu.call("GET", path)["state"] != "active":
            raise UnexpectedResponse("two approvals did not decide the appeal")
        qiu.call("POST", f"{path}/appeal", texts.APPEAL, expect=409)


def _decide(reviewer: Client, path: str, decision: dict[str, Any]) -> None:
    reviewer.call("POST", f"{path}/claim")
    reviewer.call("POST", f"{path}/decisions", decision, expect=201)


def suspend(scenario: Scenario) -> None:
    """One reviewer suspends the owner in an emergency; the second reviewer rejects it."""
    lin, mei, hao, rui = scenario.users_named("lin", "mei", "hao", "rui")
    with scenario.step("圈主被举报，1 位审核员紧急停权", "the owner is reported; one reviewer suspends her in an emergency"):
        mei.call("POST", scenario.circle(f"/notes/{scenario.note_id}/reports"), texts.REPORT, expect=204)
        emergency = {"level": "suspended", "violation": "spam", "reason": texts.SUSPICION, "emergency": True}
        rui.call("PUT", f"/users/{lin.user_id}/sanction", emergency)
        wait_until(lambda: _is_suspended(scenario, hao), EVENT_TIMEOUT_SECONDS, "the suspension")
    with scenario.step(
        "不能发商品卡片，不能下单，圈子只能浏览，账号被封禁", "no cards, no orders, a read-only circle, a suspended account"
    ):
        order = {"listing_id": scenario.listing_id, "revision": scenario.revision, "quantity": 1}
        hao.call("POST", scenario.circle("/orders"), order, expect=409)
        hao.call("POST", scenario.circle("/notes"), {"text": "今早的苇莺"}, expect=409)
        lin.call("GET", "/circles", expect=403)
        hao.call("GET", scenario.circle("/notes"))
    with scenario.step("第二位审核员复核：属于误会，解除停权", "the second reviewer finds a mistake and rejects the sanction"):
        _reject_sanction(scenario)


def _is_suspended(scenario: Scenario, hao: Client) -> bool | None:
    """Whether circles and chat have both applied the suspension. A card that chat still accepts is not counted as sent."""
    if not hao.call("GET", scenario.circle())["read_only"]:
        return None
    response = scenario.try_to_send("hao", "看看这个", listing_id=scenario.listing_id)
    return True if response["type"] == "problem" and response["problem"]["status"] == 409 else None


def _reject_sanction(scenario: Scenario) -> None:
    lin, mei, hao, shan = scenario.users_named("lin", "mei", "hao", "shan")
    case_id = wait_until(lambda: _find_case(shan, scenario), EVENT_TIMEOUT_SECONDS, "the case")
    shan.call("POST", f"/cases/{case_id}/decision", {"outcome": "dismissed", "note": texts.CLEARED})
    pending = shan.call("GET", f"/users/{lin.user_id}/sanction-record")["pending"]
    shan.call("POST", f"/users/{lin.user_id}/sanction/rejection", {"proposal_id": pending["proposal_id"]})

    def is_open() -> bool | None:
        return not hao.call("GET", scenario.circle())["read_only"] or None

    wait_until(is_open, EVENT_TIMEOUT_SECONDS, "the end of the suspension")
    report = mei.call("GET", "/reports")["items"][0]
    if report["outcome"] != "dismissed":
        raise UnexpectedResponse(f"the report has no outcome: {report}")


def _find_case(reviewer: Client, scenario: Scenario) -> str | None:
    cases = reviewer.call("GET", "/cases?limit=100")["items"]
    return next((case["case_id"] for case in cases if case["subject"]["id"] == scenario.note_id), None)


def submit_one_to_review(scenario: Scenario) -> None:
    """Submit an application that `make review` lists."""
    (hao,) = scenario.users_named("hao")
    with scenario.step("小豪也提交了申请，等你来审核", "Hao applies too: `make review` lists his application for you"):
        body = {**texts.THIRD_APPLICATION, "real_name_token": hao.get_real_name_token()}
        body["circle_name"] = scenario.name_of(body["circle_name"])
        application = hao.call("POST", "/applications", body, expect=201)
        hao.call("POST", f"/applications/{application['application_id']}/submission")

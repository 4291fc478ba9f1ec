"""The parts of the story in which somebody disagrees: an application that is contested, an owner put out and let back."""

from __future__ import annotations

from typing import Any

from demo import lines
from demo.client import Client, Unexpected, until
from demo.stage import SOON, Story


def contest(story: Story) -> None:
    """Qiu applies too: is asked for more, rejected, appeals to others, and is heard."""
    qiu, rui, shan, tao = (story.people[name] for name in ("qiu", "rui", "shan", "tao"))
    with story.step("秋也来申请；审核员请她补充，计时暂停", "Qiu applies too; a reviewer asks for more, and the clock stands"):
        body = {**lines.SECOND_APPLICATION, "real_name_token": qiu.verified()}
        path = f"/applications/{qiu.call('review', 'POST', '/applications', body, expect=201)['application_id']}"
        story.contested = path
        due = qiu.call("review", "POST", f"{path}/submission")["decision_expected_by"]
        rui.call("review", "POST", f"{path}/claim")
        rui.call("review", "POST", f"{path}/questions", lines.QUESTION, expect=201)
        told = qiu.call("review", "GET", path)
        if not due or told["currently_due"] != lines.QUESTION["fields"] or not told["due_by"]:
            raise Unexpected(f"the applicant was not told what is due: {told}")
    with story.step("补充后被拒，理由和下一步都写明", "she answers and is rejected, with reasons and what she may do"):
        better = {**body, **lines.ANSWER}
        content_hash = qiu.call("review", "PUT", path, better)["content_hash"]
        qiu.call("review", "POST", f"{path}/submission")
        _decide(rui, path, {**lines.REJECTION, "content_hash": content_hash})
        told = qiu.call("review", "GET", path)
        if told["state"] != "rejected" or not told["decisions"][0]["reasons"][0]["zh_cn"]:
            raise Unexpected(f"she was not told why: {told}")
    with story.step("申诉：换两位审核员复核，改判通过", "she appeals: two others look again, and overturn it"):
        qiu.call("review", "POST", f"{path}/appeal", lines.APPEAL, expect=201)
        rui.call("review", "POST", f"{path}/claim", expect=403)
        for other in (shan, tao):
            _decide(other, path, {**lines.APPROVAL, "content_hash": content_hash})
        if qiu.call("review", "GET", path)["state"] != "active":
            raise Unexpected("the appeal was not heard")
        qiu.call("review", "POST", f"{path}/appeal", lines.APPEAL, expect=409)


def _decide(reviewer: Client, path: str, decision: dict[str, Any]) -> None:
    reviewer.call("review", "POST", f"{path}/claim")
    reviewer.call("review", "POST", f"{path}/decisions", decision, expect=201)


def suspend(story: Story) -> None:
    """One reviewer acts alone in an emergency; it is felt everywhere; a second one finds that it was a mistake."""
    lin, mei, hao, rui, shan = (story.people[name] for name in ("lin", "mei", "hao", "rui", "shan"))
    person = f"/people/{lin.user_id}/sanction"
    with story.step("有人举报圈主：一位审核员紧急停权", "the owner is reported; one reviewer suspends her in an emergency"):
        mei.call("circles", "POST", story.circle(f"/notes/{story.note_id}/reports"), lines.REPORT, expect=204)
        rui.call("review", "PUT", person, {"level": "suspended", "reason": lines.SUSPICION, "emergency": True})
        until(lambda: _felt(story, hao), SOON, "the suspension")
    with story.step("卡片、下单被拒，圈子只读，令牌失效", "no cards, no orders, the circle is read-only, her token void"):
        order = {"listing_id": story.listing_id, "revision": story.revision, "quantity": 1}
        hao.call("commerce", "POST", story.circle("/orders"), order, expect=409)
        hao.call("circles", "POST", story.circle("/notes"), {"text": "今早的苇莺"}, expect=409)
        lin.call("circles", "GET", "/circles", expect=401)
        hao.call("circles", "GET", story.circle("/notes"))
    with story.step("第二位审核员复核：误会，解除", "a second reviewer looks: a mistake, lifted"):
        case = until(lambda: _case(shan, story), SOON, "the case")
        shan.call("review", "POST", f"/cases/{case}/decision", {"outcome": "dismissed", "note": lines.CLEARED})
        waits = shan.call("review", "GET", f"/people/{lin.user_id}")["pending"]
        shan.call("review", "POST", f"{person}/refusal", {"proposal_id": waits["proposal_id"]})
        until(lambda: not hao.call("circles", "GET", story.circle())["read_only"] or None, SOON, "the lifting")
        report = mei.call("review", "GET", "/reports")["items"][0]
        if report["outcome"] != "dismissed":
            raise Unexpected(f"the reporter was not told: {report}")


def _felt(story: Story, hao: Client) -> bool | None:
    """Circles and chat have heard of it. What hao sends before is no part of the talk that is counted at the end."""
    if not hao.call("circles", "GET", story.circle())["read_only"]:
        return None
    card = story.send("hao", "看看这个", listing_id=story.listing_id)
    return True if card["type"] == "problem" and card["problem"]["status"] == 409 else None


def leave_one_waiting(story: Story) -> None:
    """Something for whoever tries the reviewers' desk."""
    with story.step("小豪也交了申请，等你来审", "Hao applies too: `make review` shows it to you"):
        body = {**lines.THIRD_APPLICATION, "real_name_token": story.people["hao"].verified()}
        made = story.people["hao"].call("review", "POST", "/applications", body, expect=201)
        story.people["hao"].call("review", "POST", f"/applications/{made['application_id']}/submission")


def _case(reviewer: Client, story: Story) -> str | None:
    cases = reviewer.call("review", "GET", "/cases?limit=100")["items"]
    return next((case["case_id"] for case in cases if case["subject"]["id"] == story.note_id), None)

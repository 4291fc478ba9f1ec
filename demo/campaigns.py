"""Campaigns: one finds five people and invites them, one finds fewer and shows its owner no number."""

from __future__ import annotations

from functools import partial
from typing import Any

from demo import texts
from demo.accounts import suffix_of
from demo.client import Client, UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario

READERS = ("lin", "mei", "hao", "yan", "xia")


def run_campaigns(scenario: Scenario) -> None:
    read_by_consent(scenario)
    invite_readers(scenario)
    find_too_few(scenario)
    withdraw_consent(scenario)


def read_by_consent(scenario: Scenario) -> None:
    """A fourth user joins. Five members consent to invitations, and each reads a note of another member."""
    (lin,) = scenario.users_named("lin")
    with scenario.step(
        "小夏入圈；5 位成员同意接收邀请，各读 1 篇观鸟笔记", "five members consent to invitations, and read a note"
    ):
        _join(scenario)
        other = lin.call("POST", scenario.circle("/notes"), texts.SECOND_NOTE, expect=201)["note_id"]
        for name in READERS:
            reader = scenario.users[name]
            revision = reader.call("GET", "/me/campaign-consent")["revision"]
            reader.call("PUT", "/me/campaign-consent", {"on": True, "revision": revision}, etag="0")
            read = scenario.note_id if name == "lin" else other
            reader.call("POST", scenario.circle("/views"), {"note_ids": [read]}, expect=204)
            wait_until(partial(_is_interested, reader), EVENT_TIMEOUT_SECONDS, f"the interest of {name}")


def _join(scenario: Scenario) -> None:
    xia = scenario.users["xia"] = Client(scenario.cloud, scenario.cloud.create_user(f"xia{suffix_of(scenario)}"))
    xia.call("POST", "/memberships", {"passcode": scenario.passcode})
    screening = xia.call("GET", scenario.circle("/screening"))
    answers: dict[str, Any] = {"agrees": True, "revision": screening["revision"], "answers": [texts.ANSWERS["mei"]]}
    xia.call("POST", scenario.circle("/screening/answers"), answers)


def _is_interested(reader: Client) -> bool | None:
    return "birdwatching" in reader.call("GET", "/me/campaign-consent")["interests"] or None


def invite_readers(scenario: Scenario) -> None:
    """Qiu opens her circle and starts a campaign: its worker finds the five and sends each an invitation."""
    (qiu,) = scenario.users_named("qiu")
    with scenario.step(
        "小秋开圈并发起活动：找到 5 人，各收到 1 条邀请；小秋只看到 6 个数字",
        "Qiu's campaign invites five people; she reads six numbers and no name",
    ):
        own = wait_until(lambda: _find_own_circle(qiu), EVENT_TIMEOUT_SECONDS, "the circle of Qiu")
        qiu.call("POST", f"{own}/activation", expect=204)
        qiu.call("PUT", f"{own}/teaser", texts.TEASER, etag="0")
        campaign = _run_until(scenario, qiu, own, "measuring")
        if [one["people"] for one in campaign["stages"]] != [5, 5, 0, 0, 0, 0] or "<svg" not in campaign["chart"]:
            raise UnexpectedResponse(f"the campaign has other numbers: {campaign['stages']}")
        for name in READERS:
            reader = scenario.users[name]
            wait_until(partial(_is_invited, reader), EVENT_TIMEOUT_SECONDS, f"the invitation of {name}")
    for line in texts.chart(campaign["stages"]):
        scenario.console.print(line, soft_wrap=True)


def _find_own_circle(qiu: Client) -> str | None:
    owned = [circle for circle in qiu.call("GET", "/circles")["items"] if circle["own_role"] == "owner"]
    return f"/circles/{owned[0]['circle_id']}" if owned else None


def find_too_few(scenario: Scenario) -> None:
    (lin,) = scenario.users_named("lin")
    with scenario.step(
        "阿林也发起活动：不足 5 人，谁也不打扰，数字一律是「不到 5 人」",
        "Lin's campaign finds fewer than five people: it sends nothing, and shows no number",
    ):
        campaign = _run_until(scenario, lin, scenario.circle(), "ended")
        numbers = {one["people"] for one in campaign["stages"]}
        if (campaign["end_reason"], numbers) != ("audience_too_small", {0}):
            raise UnexpectedResponse(f"the campaign has other numbers: {campaign}")


def _run_until(scenario: Scenario, owner: Client, circle: str, state: str) -> dict[str, Any]:
    """Start a campaign, and return it in a state. Its worker runs every minute: run it now."""
    campaign = owner.call("POST", f"{circle}/campaigns", {"min_days": 1}, expect=201)
    path = f"{circle}/campaigns/{campaign['campaign_id']}"

    def find() -> dict[str, Any] | None:
        function = f"coterie-{scenario.cloud.stage}-circles-on-schedule"
        scenario.cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        now: dict[str, Any] = owner.call("GET", path)
        return now if now["state"] == state and (now["measured_at"] or now["end_reason"]) else None

    return wait_until(find, EVENT_TIMEOUT_SECONDS, f"the campaign in the state {state}", pause=0.5)


def withdraw_consent(scenario: Scenario) -> None:
    (mei,) = scenario.users_named("mei")
    with scenario.step("小梅撤回同意：邀请和兴趣立即删除", "Mei withdraws her consent: the invitation is gone at once"):
        mei.call("DELETE", "/me/campaign-consent", expect=204)
        if mei.call("GET", "/me/campaign-consent")["interests"]:
            raise UnexpectedResponse("interests are left after the withdrawal")
        wait_until(lambda: not _is_invited(mei) or None, EVENT_TIMEOUT_SECONDS, "the end of the invitation")


def _is_invited(reader: Client) -> bool | None:
    items = reader.call("GET", "/notifications")["items"]
    return any(item["kind"] == "campaign" for item in items) or None

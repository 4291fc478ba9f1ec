"""Members join with a passcode; one is muted and then removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from demo import texts
from demo.client import UnexpectedResponse
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def join_with_passcode(scenario: Scenario) -> None:
    """Three users join; a fourth guesses passcodes until she is locked."""
    lin, qiu = scenario.users_named("lin", "qiu")
    with scenario.step("圈主生成口令", "the owner issues a passcode"):
        body = {"expires_in_hours": 72, "max_uses": 10}
        scenario.passcode = lin.call("POST", scenario.circle("/passcodes"), body, expect=201)["passcode"]
    with scenario.step("圈主要求新成员先同意圈规，再回答 1 个问题", "newcomers must accept the rules and answer a question"):
        lin.call("PUT", scenario.circle("/screening"), texts.SCREENING, etag="0")
    with scenario.step("3 位用户粘贴口令，回答前还看不到圈子", "three paste the passcode, and see nothing before answering"):
        for name, text in texts.pasted(scenario.passcode).items():
            scenario.users[name].call("POST", "/memberships", {"passcode": text})
            scenario.users[name].call("GET", scenario.circle(), expect=404)
    with scenario.step("同意圈规并回答问题，成功入圈", "they accept the rules and answer: they are members"):
        for name, text in texts.ANSWERS.items():
            screening = scenario.users[name].call("GET", scenario.circle("/screening"))
            answers: dict[str, Any] = {"agrees": True, "revision": screening["revision"], "answers": [text]}
            scenario.users[name].call("POST", scenario.circle("/screening/answers"), answers)
    with scenario.step("第 4 位用户连猜 5 次后被锁定，输入正确口令也不行", "a fourth guesses five times and is locked out"):
        for wrong in texts.GUESSES:
            qiu.call("POST", "/memberships", {"passcode": wrong}, expect=404)
        qiu.call("POST", "/memberships", {"passcode": scenario.passcode}, expect=429)
        qiu.call("GET", scenario.circle(), expect=404)


def mute_and_kick(scenario: Scenario) -> None:
    """The owner mutes a member, and then kicks them."""
    lin, yan = scenario.users_named("lin", "yan")
    sanctions = scenario.circle(f"/members/{yan.user_id}/sanctions")
    with scenario.step("圈主禁言 1 位成员 3 天：能看，不能发言", "the owner mutes a member for three days: only reading works"):
        mute_until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        lin.call("POST", sanctions, {"kind": "mute", "reason": texts.MUTE_REASON, "until": mute_until})
        yan.call("POST", scenario.circle("/notes"), {"text": texts.COMMENTS[0]}, expect=403)
        yan.call("GET", scenario.circle("/notes"))
    with scenario.step(
        "圈主移出 1 位成员：连接立即断开，内容不再可见", "the owner kicks the member: the socket closes at once"
    ):
        lin.call("POST", sanctions, {"kind": "kick", "reason": texts.KICK_REASON})
        if not scenario.sockets["yan"].is_closed(EVENT_TIMEOUT_SECONDS):
            raise UnexpectedResponse("the kicked member's socket stayed open")
        yan.call("GET", scenario.room("/messages"), expect=404)
        yan.call("GET", scenario.circle("/notes"), expect=404)

"""The page of a user as the review console shows it (A7)."""

from __future__ import annotations

import io
import shlex
from typing import Any

import pytest
from rich.console import Console

from infra.api_client import RequestFailed
from infra.console import COMMANDS, parse_arguments

USER, OTHER = "3bb03671-f18b-5cda-bd69-3f29cb640c61", "d6e021e0-8f9b-500d-8492-c316d41f8fdd"
ORDER_ID = "ord_01KJY2E1M22D7Y22N2Q1WAY3YK"
ORDER = {
    "order_id": ORDER_ID,
    "lines": [{"title": "望远镜 [red]"}],
    "total_amount": 12_900,
    "currency": "CNY",
    "state": "paid",
    "buyer_id": USER,
    "seller_id": OTHER,
    "has_unapplied_payments": True,
}
PENDING = {
    "level": "suspended",
    "reason": "引流",
    "proposal_id": "0f3a9c1d7e5b4286",
    "ratify_until": "2026-08-03T12:00:00.000Z",
}
SANCTIONS = {"level": "muted", "until": None, "reason": "刷屏", "strikes": 1, "pending": None}
RECORD: dict[str, Any] = {
    "linked_users": 2,
    "sanctions": SANCTIONS,
    "applications": [{"application_id": "app_1", "circle_name": "城市观鸟圈", "state": "active"}],
    "cases": [
        {"case_id": "cas_1", "subject": {"service": "chat", "kind": "message"}, "reporters": 3, "outcome": None},
        {"case_id": "cas_2", "subject": {"service": "circles", "kind": "note"}, "reporters": 1, "outcome": "upheld"},
    ],
    "reports": [{"case_id": "cas_3", "reported_at": "2026-08-03T12:00:00.000Z", "outcome": "dismissed"}],
}
MEMBERSHIP = {"circle_id": "cir_1", "circle_name": "夜骑圈", "nickname": "大山雀", "role": "member", "state": "left"}
PROFILE = {"nickname": "阿岚", "is_default_nickname": False, "bio": "周末在湿地", "memberships": [MEMBERSHIP]}


GRANTS, LISTED = "/staff/read-grants", {"nickname": "阿", "limit": "50"}


class FakeApi:
    """An API with one response per path; an error is raised."""

    def __init__(self, **changed: Any) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.responses: dict[str, Any] = {
            f"/staff/users/{USER}/record": RECORD,
            f"/staff/users/{USER}/profile": PROFILE,
            f"/staff/users/{USER}/orders": {"items": [ORDER]},
            f"/staff/orders/{ORDER_ID}": ORDER,
            GRANTS: {"grant": "signed"},
            "/staff/users": {"items": [{"user_id": USER, "nickname": "阿岚"}], "next_cursor": None},
            **{path.replace("USER", USER): response for path, response in changed.items()},
        }

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        needs_grant = path.startswith("/staff/") and not path.endswith("/record") and path != GRANTS
        assert query.pop("grant", None) == ("signed" if needs_grant else None)
        self.calls.append((method, path, body or query))
        response = self.responses.get(path, {"pending": None})
        if isinstance(response, Exception):
            raise response
        return response


def run(line: str, api: FakeApi | None = None) -> tuple[str, FakeApi]:
    api, args, output = api or FakeApi(), parse_arguments(shlex.split(line)), io.StringIO()
    COMMANDS[args.command](api, args, Console(file=output, width=160, highlight=False))  # type: ignore[arg-type]
    return output.getvalue(), api


@pytest.mark.parametrize("who", [USER, "阿岚", "someone --id"])
def test_a7_the_page_of_a_user_has_all_parts_and_the_next_commands(who: str) -> None:
    api = FakeApi()
    if "--id" in who:
        api.responses |= {path.replace(USER, "someone"): response for path, response in api.responses.items()}
    text, _ = run(f"user {who}", api)
    shown = ("阿岚", "周末在湿地", "muted", "刷屏", "linked users  2", "夜骑圈", "大山雀", "left", "城市观鸟圈", "chat message")
    for part in (*shown, "upheld", "dismissed", "129.00 CNY", "望远镜 [red]", "买到", "卖出"):
        assert part in text, part
    user_id = "someone" if "--id" in who else USER
    for command in ("case cas_1", "show app_1", f"sanction {user_id} warned|", f"lift {user_id} --reason"):
        assert f"make review ARGS='{command}" in text, command
    assert "case cas_2" not in text, "it is decided"


def test_a7_each_read_in_another_service_has_a_grant_of_its_own() -> None:
    _, api = run(f"user {USER}")
    granted = [body for _, path, body in api.calls if path == GRANTS]
    assert granted == [{"read": read, "subject_id": USER} for read in ("profile", "orders", "sales")]


def test_a7_a_pending_proposal_leads_to_its_ratification() -> None:
    record = RECORD | {"sanctions": SANCTIONS | {"pending": PENDING}}
    text, _ = run(f"user {USER}", FakeApi(**{"/staff/users/USER/record": record}))
    assert f"ratify {USER} {PENDING['proposal_id']}" in text
    assert f"reject {USER} {PENDING['proposal_id']}" in text
    assert "sanction " not in text.split("卖出")[1]


def test_a7_a_user_without_sanctions_has_none_to_lift() -> None:
    text, _ = run(f"user {USER}", FakeApi(**{"/staff/users/USER/record": RECORD | {"sanctions": None}}))
    assert "none" in text
    assert "lift" not in text


def test_a7_without_the_part_of_review_there_is_no_page() -> None:
    api = FakeApi(**{"/staff/users/USER/record": RequestFailed("You have a conflict of interest here.")})
    with pytest.raises(RequestFailed, match="conflict"):
        run(f"user {USER}", api)
    assert [path for _, path, _ in api.calls] == [f"/staff/users/{USER}/record"]


@pytest.mark.parametrize("part", ["profile", "orders"])
def test_a7_a_part_that_cannot_be_read_says_so(part: str) -> None:
    text, _ = run(f"user {USER}", FakeApi(**{f"/staff/users/USER/{part}": RequestFailed("Try again later.")}))
    assert "Try again later." in text
    assert f"sanction {USER}" in text


def test_a7_several_users_are_listed_and_none_is_opened() -> None:
    users = [{"user_id": USER, "nickname": "阿岚"}, {"user_id": OTHER, "nickname": "阿蓝"}]
    text, api = run("user 阿", FakeApi(**{"/staff/users": {"items": users, "next_cursor": "more"}}))
    assert all(part in text for part in (USER, OTHER, "阿蓝", "more follow"))
    assert api.calls == [("POST", GRANTS, {"read": "users", "subject_id": None}), ("GET", "/staff/users", LISTED)]
    text, _ = run("user 阿", FakeApi(**{"/staff/users": {"items": [], "next_cursor": None}}))
    assert "none found" in text


def test_a7_an_order_leads_to_its_parties() -> None:
    text, api = run(f"user {ORDER_ID}")
    assert api.calls[0] == ("POST", GRANTS, {"read": "order", "subject_id": ORDER_ID})
    assert [path for _, path, _ in api.calls[1:]] == [f"/staff/orders/{ORDER_ID}"]
    assert "a payment waits to go back" in text
    assert f"'user {USER}'" in text and f"'user {OTHER}'" in text


def test_a7_the_commands_of_sanctions_call_the_service() -> None:
    lines = (
        f"sanction {USER} muted --violation spam --days 7 --reason 刷屏",
        f"sanction {USER} suspended --violation fraud --emergency --reason 引流",
        f"ratify {USER} 0f3a9c1d7e5b4286",
        f"reject {USER} 0f3a9c1d7e5b4286",
        f"lift {USER} --reason 误判 --mistake",
    )
    calls = [run(line)[1].calls[0] for line in lines]
    assert [(method, path.removeprefix(f"/users/{USER}/")) for method, path, _ in calls] == [
        ("PUT", "sanction"),
        ("PUT", "sanction"),
        ("POST", "sanction/ratification"),
        ("POST", "sanction/rejection"),
        ("POST", "sanction/lifting"),
    ]
    bodies = [body for _, _, body in calls]
    assert bodies[0].pop("until").endswith("Z")
    assert bodies[0] == {"level": "muted", "violation": "spam", "reason": "刷屏", "emergency": False}
    assert bodies[1] == {"level": "suspended", "violation": "fraud", "reason": "引流", "until": None, "emergency": True}
    assert bodies[2:] == [{"proposal_id": "0f3a9c1d7e5b4286"}] * 2 + [{"reason": "误判", "mistake": True}]
    text, _ = run(lines[1], FakeApi(**{"/users/USER/sanction": {"pending": PENDING}}))
    assert PENDING["proposal_id"] in text

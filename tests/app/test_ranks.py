"""Actor rank x target rank for every act on another member, over HTTP, against the data of `simulation/access/ranks.py`.

`tests/usecases/circles/test_ranks.py` has the same tables over the rules alone, and the length of sanctions.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.circles.domain import MemberState, PendingStep, Role, Sanction, SanctionKind
from services.circles.repository.circles import load_member
from simulation.access.ranks import ASSIGNED, IMPOSERS, IN_FORCE, RANKS, ROLE_TARGETS, TARGETS, table
from simulation.api.build import change_membership
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response
from simulation.api.moto_cloud import service_module
from simulation.api.operations import named

SANCTIONS = ("kick", "ban", "mute")
ALLOWED, DENIED = (200, ""), (403, "role-not-allowed")


def act(api: ApiFixture, kind: str, actor: str, **changes: Any) -> Response:
    """Let the user of a rank act on the target, who has these attributes."""
    target = change_membership(api, "target", **changes)
    by, operation, how = api.users[actor], "impose_member_sanction", {}
    body: dict[str, Any] = {"kind": kind, "reason": "反复发布广告。"}
    if kind == "mute":
        body["until"] = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    if kind in ("lifting", "approval"):
        operation, body = {"lifting": "lift_member_sanction", "approval": "approve_member"}[kind], {"reason": "误判。"}
    if kind == "role":
        operation, body = "set_role", {"role": "buyer" if target.role is Role.MEMBER else "member"}
        how = {"headers": {"if-match": f'"{target.version}"'}}
    if kind == "approval":
        return api.call(named(operation), by)
    return api.call(named(operation), by, body=body, **how)


def outcome(response: Response) -> tuple[int, str]:
    return response.status, response.code if response.status >= 400 else ""


@pytest.mark.parametrize("actor", RANKS)
@pytest.mark.parametrize("kind", [*SANCTIONS, "lifting", "approval", "role"])
def test_c22_every_act_on_another_member_is_limited_by_rank(lasting_api: ApiFixture, kind: str, actor: str) -> None:
    can = table(ROLE_TARGETS if kind == "role" else TARGETS)
    waiting = {"state": MemberState.PENDING, "pending_step": PendingStep.APPROVAL} if kind == "approval" else {}
    for target in RANKS:
        with lasting_api.gateway.cloud.reverted():
            response = act(lasting_api, kind, actor, role=Role(target), **waiting)
        assert outcome(response) == (ALLOWED if can[actor, target] else DENIED), (kind, actor, target)


@pytest.mark.parametrize("actor", RANKS)
def test_c11_no_member_assigns_their_own_rank_or_a_higher_one(lasting_api: ApiFixture, actor: str) -> None:
    can = table(ASSIGNED)
    for role in RANKS[:-1]:  # the ownership is no role that can be assigned: the body is invalid
        with lasting_api.gateway.cloud.reverted():
            target = change_membership(lasting_api, "target")
            how = {"headers": {"if-match": f'"{target.version}"'}, "body": {"role": role}}
            response = lasting_api.call(named("set_role"), lasting_api.users[actor], **how)
        assert outcome(response) == (ALLOWED if can[actor, role] else DENIED), (actor, role)


@pytest.mark.parametrize("actor", RANKS)
def test_c22_no_member_lifts_what_a_higher_rank_imposed(lasting_api: ApiFixture, actor: str) -> None:
    can, now = table(IN_FORCE, IMPOSERS), datetime.now(UTC)
    for imposer in IMPOSERS:
        mute = None
        if imposer != "none":
            mute = Sanction(SanctionKind.MUTE, "刷屏。", "imposer", Role(imposer), now, now + timedelta(days=1))
        with lasting_api.gateway.cloud.reverted():
            response = act(lasting_api, "lifting", actor, mute=mute)
        assert outcome(response) == (ALLOWED if can[actor, imposer] else DENIED), (actor, imposer)


@pytest.mark.parametrize("actor", RANKS)
def test_c6_a_quarantine_reaches_only_lower_ranks(lasting_api: ApiFixture, actor: str) -> None:
    api, can = lasting_api, table(TARGETS)
    with api.gateway.cloud.reverted():
        change_membership(api, "target", role=Role(actor))  # another member of the same rank
        response = api.call(named("quarantine_passcode"), api.users[actor])
        assert response.status == (204 if actor in ("moderator", "co_owner", "owner") else 403)
        api.gateway.run_streams()
        circles = service_module("wiring", "circles").table()
        for name, rank in (("target", actor), *((rank, rank) for rank in RANKS)):
            member = load_member(circles, api.ids["circle_id"], api.users[name].user_id).entity
            assert (member.state is MemberState.PENDING) == can[actor, rank], (actor, name)

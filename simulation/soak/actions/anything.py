"""Any operation of any service, on anything that an actor knows, with a valid body: most are denied, none fails."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from services.circles.domain.days import member_day
from services.shared.kernel.ids import derive_id
from simulation.api.bodies import request_body
from simulation.api.gateway import NO_BODY
from simulation.api.operations import Operation, operations
from simulation.soak.actors import Actor
from simulation.soak.soak import Soak

# Their own actions have what these need: a signature, or knowledge of the passcodes that are made. A sign-out that arrives
# late, or a deletion, would end the sign-ins that the judges read with.
EXCLUDED = frozenset(
    {"handle_webhook_event", "issue_passcode", "rotate_passcode", "create_ticket", "sign_out_everywhere", "request_deletion"}
)
UNKNOWN = "01KJY2E1KX7BMZ758QWDX6V9QC"


@cache
def _callable() -> tuple[Operation, ...]:
    """Return the operations that are called so; of settings only the reads, since a run has the settings in force."""
    return tuple(
        each
        for each in operations()
        if each.name not in EXCLUDED
        and not each.template.startswith(("/health/", "/openapi/"))
        and not (each.method == "PUT" and "settings" in each.template)
    )


def call_any_operation(soak: Soak) -> None:
    """Call any operation as any actor. What it needs is from what actors have seen, so some of it fits."""
    target = soak.randomness.choice(_callable())
    circle_id = soak.recent("circles") or f"cir_{UNKNOWN}"
    actor = soak.choose_actor(soak.with_role("reviewer", "operator")) if soak.chance(0.3) else soak.someone_in(circle_id)
    ids = _ids(soak, circle_id)
    body = request_body(_fixture(soak, actor, ids), target.name) if target.takes_body else NO_BODY
    soak.call(actor, target.name, {name: ids[name] for name in target.ids}, body, etag="1" if soak.chance(0.3) else "")


def _ids(soak: Soak, circle_id: str) -> dict[str, str]:
    """Return an id for each path parameter, of something that exists if an actor knows it."""

    def of(kind: str, position: int, prefix: str) -> str:
        entry = soak.recent(kind)
        return str(entry[position]) if entry else f"{prefix}_{UNKNOWN}"

    return {
        "circle_id": circle_id,
        "room_id": derive_id("rom", circle_id),
        "user_id": soak.someone_in(circle_id).user_id,
        "note_id": of("notes", 1, "note"),
        "comment_id": of("comments", 2, "com"),
        "draft_id": of("drafts", 2, "drf"),
        "export_id": of("exports", 2, "exp"),
        "passcode_id": of("passcodes", 1, "pas"),
        "listing_id": of("listings", 1, "lst"),
        "coupon_id": f"cpn_{UNKNOWN}",
        "order_id": of("orders", 2, "ord"),
        **dict.fromkeys(("address_id", "address_of_member"), of("addresses", 1, "adr")),
        "application_id": of("applications", 1, "app"),
        "succession_id": of("offers", 2, "suc"),
        "case_id": f"cas_{UNKNOWN}",
        "appeal_id": f"apl_{UNKNOWN}",
        "picture_id": of("uploads", 3, "pic"),
        "push_subscription_id": f"psh_{UNKNOWN}",
        "payout_id": f"pyt_{UNKNOWN}",
        "return_id": f"ret_{UNKNOWN}",
        "dispute_id": f"dsp_{UNKNOWN}",
        "index": "0",
        "seq": str((soak.recent("messages") or ("", "", 1))[2]),
        "reaction": "like",
        "tag": "birdwatching",
        "month": "2026-03",
    }


def _fixture(soak: Soak, actor: Actor, ids: dict[str, str]) -> Any:
    """Return what the bodies of the API tests need, from this course."""
    passcode, proposal = soak.recent("passcodes"), soak.recent("proposals")
    user = soak.someone_in(ids["circle_id"])
    tokens = dict.fromkeys(("owner", "target", "moderator"), soak.real_name_token(actor))
    soak.learn("secrets", tokens["owner"])
    return SimpleNamespace(
        name="anything",
        tokens=tokens,
        users=dict.fromkeys(("second_reviewer", "moderator"), user),
        ids=ids,
        applications={"claimed": ids["application_id"]},
        orders={"reserved": ids["order_id"]},
        content_hash="0" * 32,
        proposal_id=proposal[1] if proposal else "0" * 16,
        ruling_id="0" * 16,
        returnable_id=ids["listing_id"],
        passcode=passcode[2] if passcode else "0000-0000-0000",
        coupon_code="0000-0000-0000",
        revision=1,
        missed_day=member_day(soak.driver.clock.now - timedelta(days=2)),
    )


ACTIONS = {call_any_operation: 25}

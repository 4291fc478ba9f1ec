"""Actions of members, moderators and owners on circles, memberships and passcodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.shared.kernel.clock import rfc3339
from simulation.soak.actors import Actor
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

LENGTHS = tuple(timedelta(hours=hours) for hours in (1, 5, 24, 24 * 9, 24 * 40))  # of mutes and bans


def activate_circle(soak: Soak) -> None:
    """A founder whose application is granted activates the circle."""
    activate_circles_of(soak, soak.choose_actor(soak.with_role("founder")))


def activate_circles_of(soak: Soak, actor: Actor) -> None:
    for circle in (soak.get(actor, "list_circles") or {"items": ()})["items"]:
        circle_id = circle["circle_id"]
        response = soak.call(actor, "activate_circle", {"circle_id": circle_id})
        if response and response.status == 204:
            own_circle(soak, actor, circle_id)


def own_circle(soak: Soak, actor: Actor, circle_id: str) -> None:
    soak.learn("circles", circle_id)
    soak.learn("joined", (circle_id, actor.index))
    soak.learn("staff", (circle_id, actor.index))


def issue_passcode(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        issue_passcode_of(soak, soak.staff_of(circle_id), circle_id, soak.randomness.choice((1, 2, 5, 50)))


def issue_passcode_of(soak: Soak, actor: Actor, circle_id: str, max_uses: int) -> None:
    body = {"expires_in_hours": soak.randomness.choice((1, 24, 72, 720)), "max_uses": max_uses}
    response = soak.call(actor, "issue_passcode", {"circle_id": circle_id}, body)
    if response and response.status == 201:
        learn_passcode(soak, circle_id, response.body)


def learn_passcode(soak: Soak, circle_id: str, issued: dict[str, Any]) -> None:
    soak.learn("passcodes", (circle_id, issued["passcode_id"], issued["passcode"]))
    soak.learn("secrets", issued["passcode"])


def rotate_passcode(soak: Soak) -> None:
    if passcode := soak.recent("passcodes"):
        circle_id, passcode_id, _ = passcode
        ids = {"circle_id": circle_id, "passcode_id": passcode_id}
        response = soak.call(soak.staff_of(circle_id), "rotate_passcode", ids, {"grace_hours": soak.randomness.choice((0, 24))})
        if response and response.status == 201:
            learn_passcode(soak, circle_id, response.body)


def revoke_passcode(soak: Soak) -> None:
    if passcode := soak.recent("passcodes"):
        soak.call(soak.staff_of(passcode[0]), "revoke_passcode", {"circle_id": passcode[0], "passcode_id": passcode[1]})


def quarantine_passcode(soak: Soak) -> None:
    if passcode := soak.recent("passcodes"):
        soak.call(soak.staff_of(passcode[0]), "quarantine_passcode", {"circle_id": passcode[0], "passcode_id": passcode[1]})


def join_circle(soak: Soak) -> None:
    """Paste a passcode; some actors return after a kick, or with their second account."""
    if passcode := soak.recent("passcodes", among=5):
        actors = soak.with_second_account() if soak.chance(0.4) else soak.with_role("founder", "member")
        join_with(soak, soak.choose_actor(actors), passcode)


def join_with(soak: Soak, actor: Actor, passcode: tuple[str, str, str]) -> None:
    circle_id, _, text = passcode
    response = soak.call(actor, "join_circle", body={"passcode": f"口令 {text} 快来"})
    if response and response.status == 200:
        soak.learn("joined", (circle_id, actor.index))


def guess_passcode(soak: Soak) -> None:
    guess = f"{soak.randomness.randrange(10**4):04}-{soak.randomness.randrange(10**4):04}-ZZZZ"
    soak.call(soak.choose_actor(soak.actors), "join_circle", body={"passcode": guess})


def leave_circle(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        query = "gives_up_role=true" if soak.chance(0.3) else ""
        soak.call(soak.someone_in(circle_id), "leave_circle", {"circle_id": circle_id}, query=query)


def set_screening(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.staff_of(circle_id), {"circle_id": circle_id}
        body = {"rules": soak.text("不公布巢址"), "questions": [soak.text("常去哪里")], "approval": soak.chance(0.6)}
        soak.call(actor, "set_screening", ids, body, etag=etag_of(soak, actor, "get_screening", ids))


def update_circle(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.staff_of(circle_id), {"circle_id": circle_id}
        body = {"description": soak.text("城市里的野鸟"), "count_visible_to": "moderators" if soak.chance(0.5) else "members"}
        soak.call(actor, "update_circle", ids, body, etag=etag_of(soak, actor, "get_circle", ids))


def report_circle_name(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        body = {"reason": "spam", "text": soak.text("名字里有联系方式")}
        soak.call(soak.someone_in(circle_id), "report_circle_name", {"circle_id": circle_id}, body)


def stop_screening(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.staff_of(circle_id), "stop_screening", {"circle_id": circle_id})


def answer_screening(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.someone_in(circle_id), {"circle_id": circle_id}
        if screening := soak.get(actor, "get_screening", ids):
            answers = [soak.text("江边") for _ in screening["questions"]]
            soak.call(actor, "answer_screening", ids, {"agrees": True, "revision": screening["revision"], "answers": answers})


def set_teaser(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.staff_of(circle_id), {"circle_id": circle_id}
        body = {"text": soak.text("城市里看得到的野鸟"), "tags": ["观鸟"]}
        soak.call(actor, "set_teaser", ids, body, etag=etag_of(soak, actor, "get_teaser", ids))


def request_to_join(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor = soak.choose_actor(soak.actors)
        response = soak.call(actor, "request_to_join", {"circle_id": circle_id}, {"text": soak.text("看了三年鸟")})
        if response and response.status < 300:
            soak.learn("joined", (circle_id, actor.index))


def approve_member(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.staff_of(circle_id), {"circle_id": circle_id}
        pending = (soak.get(actor, "list_pending_members", ids) or {"items": ()})["items"]
        if member := soak.choose(pending):
            soak.call(actor, "approve_member", {**ids, "user_id": member["user_id"]})


def set_role(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        role = soak.randomness.choice(("co_owner", "moderator", "moderator", "buyer", "member"))
        set_role_of(soak, soak.staff_of(circle_id), circle_id, soak.someone_in(circle_id), role)


def set_role_of(soak: Soak, actor: Actor, circle_id: str, target: Actor, role: str) -> None:
    ids = {"circle_id": circle_id, "user_id": target.user_id}

    def pick(page: Any) -> Any:
        return next((member for member in page["items"] if member["user_id"] == target.user_id), None)

    etag = etag_of(soak, actor, "list_memberships", {"circle_id": circle_id}, pick)
    response = soak.call(actor, "set_role", ids, {"role": role}, etag=etag)
    if response and response.status == 200 and response.body["role_proposal"]:
        soak.learn("role_proposals", (circle_id, target.index, role))


def answer_proposal(soak: Soak) -> None:
    """A member accepts or declines a role, often late."""
    if proposal := soak.recent("role_proposals"):
        answer_proposal_of(soak, *proposal, accepts=soak.chance(0.8))


def answer_proposal_of(soak: Soak, circle_id: str, index: int, role: str, *, accepts: bool) -> None:
    actor, ids = soak.actors[index], {"circle_id": circle_id}
    if not accepts:
        soak.call(actor, "decline_role", ids)
        return
    response = soak.call(actor, "accept_role", ids, {"role": role})
    if response and response.status == 200:
        soak.learn("staff", (circle_id, index))


def impose_member_sanction(soak: Soak) -> None:
    """Mute, kick or ban a member, as a moderator; or as one who must not."""
    if circle_id := soak.recent("circles", among=2):
        kind = soak.randomness.choice(("mute", "kick", "kick", "ban"))
        until = rfc3339(soak.driver.clock.now + soak.randomness.choice(LENGTHS))
        body = {"kind": kind, "reason": soak.text("反复发广告")}
        if kind == "mute" or (kind == "ban" and soak.chance(0.5)):
            body["until"] = until
        ids = {"circle_id": circle_id, "user_id": soak.someone_in(circle_id).user_id}
        soak.call(soak.staff_of(circle_id), "impose_member_sanction", ids, body)


def lift_member_sanction(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        ids = {"circle_id": circle_id, "user_id": soak.someone_in(circle_id).user_id}
        soak.call(soak.staff_of(circle_id), "lift_member_sanction", ids, {"reason": soak.text("申诉成立")})


def offer_ownership(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        body = {"candidate_id": soak.staff_of(circle_id).user_id}
        response = soak.call(soak.staff_of(circle_id), "offer_ownership", {"circle_id": circle_id}, body)
        if response and response.status == 200:
            soak.learn("offers", (circle_id, response.body["candidate_id"], response.body["succession_id"]))


def withdraw_ownership_offer(soak: Soak) -> None:
    if offer := soak.recent("offers"):
        soak.call(soak.staff_of(offer[0]), "withdraw_ownership_offer", {"circle_id": offer[0]})


def close_circle(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(
            soak.staff_of(circle_id),
            "close_circle",
            {"circle_id": circle_id},
            {"notice_days": soak.randomness.choice((7, 30, 90))},
        )


def reopen_circle(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.staff_of(circle_id), "reopen_circle", {"circle_id": circle_id})


ACTIONS = {
    activate_circle: 2,
    issue_passcode: 8,
    rotate_passcode: 2,
    revoke_passcode: 1,
    quarantine_passcode: 1,
    join_circle: 18,
    guess_passcode: 2,
    leave_circle: 2,
    set_screening: 1,
    update_circle: 2,
    report_circle_name: 1,
    stop_screening: 1,
    answer_screening: 4,
    set_teaser: 1,
    request_to_join: 2,
    approve_member: 5,
    set_role: 4,
    answer_proposal: 4,
    impose_member_sanction: 9,
    lift_member_sanction: 4,
    offer_ownership: 2,
    withdraw_ownership_offer: 1,
    close_circle: 1,
    reopen_circle: 2,
}

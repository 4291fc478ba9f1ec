"""Actions of applicants and reviewers: applications, cases, successions and tenures."""

from __future__ import annotations

from typing import Any

from services.shared.security.violations import Violation
from simulation.api.bodies import APPLICATION, SCORES, circle_name_of
from simulation.soak.actors import Actor
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak


def create_application(soak: Soak) -> None:
    actor = soak.choose_actor(soak.with_role("founder"))
    application_id = create_application_of(soak, actor, wanted_name(soak))
    if application_id and soak.chance(0.6):
        soak.call(actor, "submit_application", {"application_id": application_id})


def create_application_of(soak: Soak, actor: Actor, circle_name: str) -> str | None:
    response = soak.call(actor, "create_application", body=application_body(soak, actor, circle_name))
    if response and response.status == 201:
        application_id = str(response.body["application_id"])
        soak.learn("applications", (actor.index, application_id))
        return application_id
    return None


def new_name(soak: Soak) -> str:
    """Return a name of a circle that looks like no other, without a number that could be one of a phone."""
    name = circle_name_of(soak.mark())
    soak.learn("secrets", name)
    soak.learn("circle_names", name)
    return name


def wanted_name(soak: Soak) -> str:
    """Return a new name of a circle, or by chance one that looks like an earlier one."""
    earlier = soak.recent("circle_names") if soak.chance(0.3) else None
    if earlier is None:
        return new_name(soak)
    return str(soak.randomness.choice((earlier, earlier.upper(), earlier.replace("观鸟", "觀鳥"), earlier.replace(" ", "·"))))


def rename_circle(soak: Soak) -> None:
    """An owner renames a circle; some try a name that another circle has, and some callers own no circle."""
    if circle_id := soak.recent("circles", among=2):
        soak.call(soak.staff_of(circle_id), "rename_circle", {"circle_id": circle_id}, {"name": wanted_name(soak)})


def application_body(soak: Soak, actor: Actor, circle_name: str) -> dict[str, Any]:
    token = soak.real_name_token(actor)
    soak.learn("secrets", token)
    texts = {name: soak.text(str(APPLICATION[name])) for name in ("resonance", "circle_definition", "early_building", "plan")}
    return {**APPLICATION, **texts, "circle_name": circle_name, "real_name_token": token}


def update_application(soak: Soak) -> None:
    if application := soak.recent("applications"):
        actor, ids = soak.actors[application[0]], {"application_id": application[1]}
        etag = etag_of(soak, actor, "get_application", ids)
        soak.call(actor, "update_application", ids, application_body(soak, actor, wanted_name(soak)), etag=etag)


def submit_application(soak: Soak) -> None:
    if application := soak.recent("applications"):
        soak.call(soak.actors[application[0]], "submit_application", {"application_id": application[1]})


def withdraw_application(soak: Soak) -> None:
    if application := soak.recent("applications"):
        soak.call(soak.actors[application[0]], "withdraw_application", {"application_id": application[1]})


def appeal_application(soak: Soak) -> None:
    if application := soak.recent("applications"):
        body = {"cites": "circle_vague", "statement": soak.text("定位已写明")}
        soak.call(soak.actors[application[0]], "appeal_application", {"application_id": application[1]}, body)


def reviewer_of(soak: Soak) -> Actor:
    """Return a reviewer, or by chance another actor who is none."""
    return soak.choose_actor(soak.actors if soak.chance(0.08) else soak.with_role("reviewer"))


def review_application(soak: Soak) -> None:
    """Claim an application of the review queue, read it and decide it; or leave the claim."""
    reviewer, queue = reviewer_of(soak), soak.randomness.choice(("review", "review", "appeal", "escalated"))
    waiting = (soak.get(reviewer, "list_review_queue", query=f"review_queue={queue}") or {"items": ()})["items"]
    if entry := soak.choose(waiting):
        review_application_by(soak, reviewer, entry["application_id"], approves=soak.chance(0.7))
        if soak.chance(0.4):
            review_application_by(soak, reviewer_of(soak), entry["application_id"], approves=soak.chance(0.7))


def review_application_by(soak: Soak, reviewer: Actor, application_id: str, *, approves: bool) -> None:
    ids = {"application_id": application_id}
    claimed = soak.call(reviewer, "claim_application", ids)
    if claimed is None or claimed.status != 200 or (soak.has_faults and soak.chance(0.1)):
        return
    if found := soak.get(reviewer, "get_application", ids):
        soak.call(reviewer, "decide_application", ids, decision_body(soak, found["content_hash"], approves=approves))


def decision_body(soak: Soak, content_hash: str, *, approves: bool) -> dict[str, Any]:
    verdict, reason = ("approve", "meets_criteria") if approves else ("reject", "circle_vague")
    return {
        "verdict": verdict,
        "content_hash": content_hash,
        "scores": SCORES,
        "reasons": [reason],
        "note": soak.text("写得清楚"),
    }


def request_information(soak: Soak) -> None:
    if application := soak.recent("applications"):
        reviewer, ids = reviewer_of(soak), {"application_id": application[1]}
        soak.call(reviewer, "claim_application", ids)
        soak.call(reviewer, "request_information", ids, {"fields": ["plan"], "note": soak.text("请补充")})


def release_claim(soak: Soak) -> None:
    if application := soak.recent("applications"):
        name = soak.randomness.choice(("release_claim", "extend_claim"))
        soak.call(reviewer_of(soak), name, {"application_id": application[1]})


def verify_identity(soak: Soak) -> None:
    """Link the user to the identity; a second account links to the identity of the first."""
    verify_identity_of(soak, soak.choose_actor(soak.with_second_account() if soak.chance(0.6) else soak.actors))


def verify_identity_of(soak: Soak, actor: Actor) -> None:
    token = soak.real_name_token(actor)
    soak.learn("secrets", token)
    soak.call(actor, "verify_identity", body={"real_name_token": token})


def decide_case(soak: Soak) -> None:
    reviewer = reviewer_of(soak)
    cases = (soak.get(reviewer, "list_cases") or {"items": ()})["items"]
    if case := soak.choose(cases):
        ids = {"case_id": case["case_id"]}
        read = soak.get(reviewer, "get_case", ids)
        outcome = soak.randomness.choice(("dismissed", "upheld", "abusive"))
        body = {"outcome": outcome, "note": soak.text("未发现违规")}
        if outcome == "upheld":
            body["violation"] = soak.randomness.choice(list(Violation))
        response = soak.call(reviewer, "decide_case", ids, body)
        if read and read["author"] in soak.by_user_id and response and response.status == 200 and outcome == "upheld":
            soak.learn("taken_down", soak.by_user_id[read["author"]].index)


def accept_succession(soak: Soak) -> None:
    if offer := soak.recent("offers", among=2):
        candidate = soak.by_user_id[offer[1]] if soak.chance(0.9) else soak.choose_actor(soak.actors)
        body = {"real_name_token": soak.real_name_token(candidate)}
        soak.call(candidate, "accept_succession", {"succession_id": offer[2]}, body)


def decide_succession(soak: Soak) -> None:
    if offer := soak.recent("offers", among=2):
        body = {"verdict": "approve" if soak.chance(0.85) else "reject", "note": soak.text("熟悉圈子")}
        response = soak.call(reviewer_of(soak), "decide_succession", {"succession_id": offer[2]}, body)
        if response and response.status == 200:
            soak.learn("staff", (offer[0], soak.by_user_id[offer[1]].index))


def assess_owner(soak: Soak) -> None:
    """Assess an owner whose tenure is due."""
    reviewer = reviewer_of(soak)
    waiting = (soak.get(reviewer, "list_review_queue", query="review_queue=tenure") or {"items": ()})["items"]
    if entry := soak.choose(waiting):
        body = {"outcome": soak.randomness.choice(("renew", "probation", "remove")), "note": soak.text("管理有序")}
        soak.call(reviewer, "assess_owner", {"application_id": entry["application_id"]}, body)


ACTIONS = {
    create_application: 5,
    update_application: 2,
    submit_application: 3,
    withdraw_application: 1,
    appeal_application: 1,
    review_application: 9,
    request_information: 1,
    release_claim: 1,
    verify_identity: 5,
    decide_case: 3,
    accept_succession: 3,
    decide_succession: 5,
    assess_owner: 1,
    rename_circle: 3,
}

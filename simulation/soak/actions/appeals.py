"""Actions around appeals: users read why they were sanctioned or taken down, and appeal; reviewers decide."""

from __future__ import annotations

from simulation.soak.actions.review import reviewer_of
from simulation.soak.soak import Soak


def appeal_sanction(soak: Soak) -> None:
    """Appeal as a user under a sanction, or by chance as any other."""
    sanctioned = [soak.actors[index] for index in soak.known("sanctioned")]
    actor = (soak.choose(sanctioned) if soak.chance(0.8) else None) or soak.choose_actor(soak.actors)
    status = soak.get(actor, "get_own_account_status")
    if status and (status["appeal"]["is_possible"] or soak.chance(0.2)):
        soak.call(actor, "appeal_sanction", body={"statement": soak.text("这是误会")})


def appeal_take_down(soak: Soak) -> None:
    """Appeal a take-down as its author, or by chance as another user who knows the id of the case."""
    authors = [soak.actors[index] for index in soak.known("taken_down")]
    author = soak.choose(authors) or soak.choose_actor(soak.actors)
    listed = (soak.get(author, "list_take_downs") or {"items": ()})["items"]
    if case := soak.choose(listed):
        actor = author if soak.chance(0.9) else soak.choose_actor(soak.actors)
        body = {"statement": soak.text("没有违规")}
        soak.call(actor, "appeal_take_down", {"case_id": case["case_id"]}, body)


def decide_appeal(soak: Soak) -> None:
    reviewer = reviewer_of(soak)
    listed = (soak.get(reviewer, "list_appeals") or {"items": ()})["items"]
    if appeal := soak.choose(listed):
        ids = {"appeal_id": appeal["appeal_id"]}
        soak.call(reviewer, "get_appeal", ids)
        body = {"outcome": soak.randomness.choice(("granted", "granted", "upheld")), "note": soak.text("已核实")}
        soak.call(reviewer, "decide_appeal", ids, body)


ACTIONS = {appeal_sanction: 2, appeal_take_down: 4, decide_appeal: 4}

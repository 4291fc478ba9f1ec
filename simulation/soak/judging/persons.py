"""What one person did where two must, or must not. Each function yields a line per flaw."""

from __future__ import annotations

import json
from collections import Counter

from services.shared.security.identities import identities_from_item
from simulation.soak.judging.state import RANKS, Flaws, Judged


def decisions_by_one_person(at: Judged) -> Flaws:
    for application in at.applications:
        approvals = [each for each in application["decisions"] if each["approves"]]
        persons = [at.identity_of(each["reviewer"]["user_id"]) for each in approvals]
        if application["state"] in ("active", "waitlisted") and len(set(persons)) < 2:
            yield f"{application['id']} is {application['state']} with the approvals of {persons}"
        if len(set(persons)) < len(persons) or at.identity_of(application["applicant"]) in persons:
            yield f"{application['id']} of {at.identity_of(application['applicant'])} was approved by {persons}"
    for succession in at.with_keys("review", "SUCCESSION#"):
        persons = [at.identity_of(each["user_id"]) for each in succession["approvals"]]
        concerned = {at.identity_of(succession[name]) for name in ("owner", "candidate")}
        if (
            (succession["state"] == "approved" and len(set(persons)) < 2)
            or len(set(persons)) < len(persons)
            or concerned & set(persons)
        ):
            yield f"{succession['id']}, {succession['state']}, between {concerned}, was approved by {persons}"


def sanctions_by_one_person(at: Judged) -> Flaws:
    acts: dict[str, list[tuple[str, str]]] = {}
    for entry in at.with_keys("review", "AUDIT#USER#"):
        if "entry" in entry:
            _, _, actor, action, *_ = json.loads(entry["entry"])
            acts.setdefault(entry["pk"].split("#")[2].partition("|")[0], []).append((action, at.identity_of(actor)))
    for record in at.with_keys("review", "USER#", "ACCOUNT_STATUS"):
        current = record.get("current")
        if current and current["level"] in ("restricted", "suspended", "banned") and not current["emergency"]:
            by = [
                person for action, person in acts.get(record["user_id"], ()) if action in ("proposed", "emergency", "ratified")
            ]
            if not current["ratified"] or len(set(by)) < 2:
                yield f"{record['user_id']} is {current['level']} by {by}"


def tenures_ended_by_one_person(at: Judged) -> Flaws:
    for tenure in (
        item for item in at.with_keys("review", "APPLICATION#", "TENURE") if item["state"] in ("probation", "removed")
    ):
        entries = [json.loads(entry["entry"]) for entry in at.with_keys("review", f"AUDIT#{tenure['pk']}|TENURE")]
        by = {action: at.identity_of(actor) for _, _, actor, action, *_ in entries}
        outcome = "remove" if tenure["state"] == "removed" else "probation"
        if outcome not in by or by[outcome] == by.get(f"proposed {outcome}"):
            yield f"{tenure['id']} is {tenure['state']} by {by}"


def bans_evaded(at: Judged) -> Flaws:
    verified: dict[str, set[str]] = {}
    for item in at.with_keys("circles", "USER#", "ACCOUNT_STATUS"):
        for identity_id in identities_from_item(item):
            verified.setdefault(identity_id, set()).add(item["pk"].removeprefix("USER#"))
    for (circle_id, user_id), member in at.members.items():
        ban = member.get("sanction")
        if member["state"] != "banned" or not ban or (ban["until"] is not None and ban["until"] <= at.now):
            continue
        for other in {user for users in verified.values() if user_id in users for user in users} - {user_id}:
            own = at.members.get((circle_id, other))
            if own and own["state"] == "member" and RANKS.get(own["role"], 0) < RANKS.get(ban["by_role"], 0):
                yield f"{user_id} is banned from {circle_id}, and {other} of the same person is {own['role']}"


def reads_without_a_grant(at: Judged) -> Flaws:
    """Compare the audit entries of reads in circles and commerce with those of their grants in review.

    A seller reads the address of an order without a grant.
    """
    grants, reads = _acts(at, "review", "read grant: "), Counter[tuple[str, str]]()
    for service in ("circles", "commerce"):
        reads += _acts(at, service, "read ")
    needing = [(key, count) for key, count in reads.items() if not key[1].startswith("address of ")]
    yield from (f"{key}: {count} reads, {grants[key]} grants" for key, count in needing if count > grants[key])


def _acts(at: Judged, service: str, prefix: str) -> Counter[tuple[str, str]]:
    """Return how often each user has an audit entry of an action that begins so, by user and the rest of the action."""
    entries = (json.loads(item["entry"]) for item in at.with_keys(service, "AUDIT#") if "entry" in item)
    acts = ((actor, action) for _, _, actor, action, *_ in entries)
    return Counter((actor, action.removeprefix(prefix)) for actor, action in acts if action.startswith(prefix))

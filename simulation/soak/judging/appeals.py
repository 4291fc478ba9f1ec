"""Cases, appeals and what became of the decisions that they are against. Each function yields a line per flaw."""

from __future__ import annotations

from services.shared.table.items import Item
from simulation.soak.judging.state import Flaws, Judged


def appeals_decided_by_the_same_person(at: Judged) -> Flaws:
    for appeal in _appeals(at):
        first = {at.identity_of(decider["user_id"]) for decider in appeal["deciders"]} | {at.identity_of(appeal["user_id"])}
        later = [at.identity_of(decision["by"]["user_id"]) for decision in appeal["decisions"]]
        if first & set(later) or len(set(later)) < len(later):
            yield f"{appeal['id']} against a decision of {first} was decided by {later}"


def wrong_ends_of_appeals(at: Judged) -> Flaws:
    granted = {appeal["id"] for appeal in _appeals(at) if _is_granted(appeal)}
    for case in at.with_keys("review", "CASE#", "CASE"):
        if "is_active" in case:
            appeal_id = case["id"].replace("cas_", "apl_")
            if case["is_active"] == (appeal_id in granted):
                yield f"{case['id']} is_active: {case['is_active']}, its appeal is granted: {appeal_id in granted}"
    users = {appeal["user_id"] for appeal in _appeals(at) if _is_granted(appeal) and not appeal["case_id"]}
    for record in at.with_keys("review", "USER#", "ACCOUNT_STATUS"):
        if record.get("current", {}).get("appeal") == "granted" and record["user_id"] not in users:
            yield f"{record['user_id']} was lifted by an appeal that was not granted"


def surroundings_of_decided_cases(at: Judged) -> Flaws:
    """Texts of users who are not accused end with the decision."""
    for case in at.with_keys("review", "CASE#", "CASE"):
        if "outcome" in case and ("surroundings" in case or any(around for _, _, around in case["later"])):
            yield f"{case['id']} is decided and has the surroundings of a message"


def surroundings_of_reports(at: Judged) -> Flaws:
    """The stream has deleted them from every report that was stored."""
    for report in at.with_keys("chat", "CIRCLE#", "REPORT#"):
        if "surroundings" in report:
            yield f"{report['pk']} {report['sk']} has surroundings"


def _appeals(at: Judged) -> list[Item]:
    return [item for item in at.with_keys("review", "APPEAL#") if item["sk"] == "APPEAL"]


def _is_granted(appeal: Item) -> bool:
    outcomes = [decision["outcome"] for decision in appeal["decisions"]]
    return "upheld" not in outcomes and len(outcomes) >= len(appeal["deciders"])

"""The opening of every course: enrolled reviewers, five open circles with members, moderators and a shop."""

from __future__ import annotations

from simulation.soak.actions.circles import activate_circles_of, answer_proposal_of, issue_passcode_of, join_with, set_role_of
from simulation.soak.actions.movements import settle
from simulation.soak.actions.review import create_application_of, new_name, review_application_by, verify_identity_of
from simulation.soak.actions.sanctions import enrol_reviewer_by
from simulation.soak.soak import Soak

CIRCLES, MEMBERS_OF_EACH = 5, 9


def open_circles(soak: Soak) -> None:
    """Run the opening without faults. Raises: AssertionError (a circle did not open)."""
    operator, *_ = soak.with_role("operator")
    reviewers = soak.with_role("reviewer")
    for reviewer in reviewers[:6]:
        enrol_reviewer_by(soak, operator, reviewer)
    for founder in soak.with_role("founder")[:CIRCLES]:
        application_id = None
        while application_id is None:
            application_id = create_application_of(soak, founder, new_name(soak))
        while not _is_submitted(soak, application_id):
            soak.call(founder, "submit_application", {"application_id": application_id})
        for reviewer in reviewers[:6]:
            review_application_by(soak, reviewer, application_id, approves=True)
    settle(soak)
    for founder in soak.with_role("founder")[:CIRCLES]:
        activate_circles_of(soak, founder)
    assert len(soak.known("circles")) == CIRCLES, soak.known("circles")
    settle(soak)
    for number, (circle_id, owner) in enumerate(soak.known("joined")):
        _fill(soak, number, circle_id, owner)
    settle(soak)


def _is_submitted(soak: Soak, application_id: str) -> bool:
    table = soak.driver.tables["review"]
    return any(item["state"] != "draft" for item in table.all_items() if item.get("id") == application_id)


def _fill(soak: Soak, number: int, circle_id: str, owner: int) -> None:
    """Let members join a circle, and give two of them a role."""
    actor = soak.actors[owner]
    while not any(circle == circle_id for circle, *_ in soak.known("passcodes")):
        issue_passcode_of(soak, actor, circle_id, 50)
    passcode = next(each for each in soak.known("passcodes") if each[0] == circle_id)
    members = soak.with_role("member")
    for position in range(MEMBERS_OF_EACH):
        joining = members[(number * 7 + position * 5) % len(members)]
        join_with(soak, joining, passcode)
        if position < 2:
            role = ("co_owner", "moderator")[position]
            set_role_of(soak, actor, circle_id, joining, role)
            answer_proposal_of(soak, circle_id, joining.index, role, accepts=True)
        if position % 3 == 0:
            verify_identity_of(soak, joining)

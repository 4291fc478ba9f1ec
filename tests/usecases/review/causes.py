"""Every cause of a conflict of interest between a reviewer and the user that an act of review concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services.review import usecases as review
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import MembershipChanged, MembershipChangedData, OrderChanged, OrderChangedData
from services.shared.security.auth import Caller
from simulation.setup.applications import application_input, create_application
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

LIN, HAO, ZOE, YAN = (caller(name) for name in ("lin", "hao", "zoe", "yan"))
RUI, SHAN = caller("rui", "reviewer"), caller("shan", "reviewer")


# What happened before.


def verify(simulation: Simulation, user: Caller, person: Caller) -> None:
    """Verify a user under the identity of another user, by `PUT /identity`."""
    token = real_name_token(user.user_id, person.user_id, now=simulation.clock.now)
    review.verify_identity(simulation.review, user, token)


def apply_membership(
    simulation: Simulation, user: Caller, circle_id: str, invited_by: str = "", state: str = "member", version: int = 0
) -> None:
    data = MembershipChangedData.model_validate(
        {"circle_id": circle_id, "user_id": user.user_id, "role": "member", "state": state, "invited_by": invited_by}
    )
    event = MembershipChanged(**envelope(simulation, f"{circle_id}/{user.user_id}", version or None), data=data)
    review.apply_membership_changed(simulation.review, event)


def apply_order(simulation: Simulation, buyer: Caller, seller: Caller, state: str) -> None:
    data = OrderChangedData.model_validate(
        {
            "order_id": new_id("ord"),
            "circle_id": new_id("cir"),
            "buyer_id": buyer.user_id,
            "seller_id": seller.user_id,
            "lines": [],
            "state": state,
        }
    )
    review.apply_order_changed(simulation.review, OrderChanged(**envelope(simulation, data.order_id), data=data))


# Causes of a conflict between Rui and Lin. Hao is a second account of Lin, Zoe of Rui, verified by `PUT /identity` only.


def second_account_hidden_by_an_empty_draft(simulation: Simulation) -> None:
    create_application(simulation, LIN, identity_id=RUI.user_id)
    empty = replace(application_input(simulation, LIN), real_name_token="")
    review.create_application(simulation.review, LIN, new_key(LIN), empty)


def second_account_hidden_by_an_edit(simulation: Simulation) -> None:
    draft = create_application(simulation, LIN, identity_id=RUI.user_id)
    empty = replace(application_input(simulation, LIN), real_name_token="")
    review.update_application(simulation.review, LIN, draft.id, change(draft.applicant_version), empty)


def second_accounts(simulation: Simulation) -> None:
    for user, person in ((LIN, LIN), (HAO, LIN), (ZOE, RUI)):
        verify(simulation, user, person)


def in_one_circle(simulation: Simulation, *users: Caller) -> None:
    second_accounts(simulation)
    for user in users:
        apply_membership(simulation, user, "cir_1")


def reviewer_verified_as_lin(simulation: Simulation) -> None:
    verify(simulation, LIN, LIN)
    verify(simulation, RUI, LIN)


def linked_over_a_third_account(simulation: Simulation) -> None:
    for user, person in ((LIN, LIN), (YAN, LIN), (YAN, RUI)):
        verify(simulation, user, person)


def later_verified_as_another_person(simulation: Simulation) -> None:
    verify(simulation, LIN, RUI)
    verify(simulation, LIN, YAN)


def second_accounts_traded(simulation: Simulation) -> None:
    second_accounts(simulation)
    apply_order(simulation, HAO, ZOE, "paid")


def invited(simulation: Simulation, user: Caller, by: Caller) -> None:
    """Let a user join by one inviter, leave, and return by another one."""
    second_accounts(simulation)
    at = int(simulation.clock.now.timestamp() * 1000)
    apply_membership(simulation, user, "cir_1", by.user_id, version=at)
    apply_membership(simulation, user, "cir_1", by.user_id, state="left", version=at + 1)
    apply_membership(simulation, user, "cir_1", YAN.user_id, version=at + 2)


def invited_by_an_event_out_of_order(simulation: Simulation) -> None:
    at = int(simulation.clock.now.timestamp() * 1000)
    apply_membership(simulation, LIN, "cir_1", YAN.user_id, version=at + 2)
    apply_membership(simulation, LIN, "cir_1", RUI.user_id, version=at)


CAUSES: dict[str, Callable[[Simulation], None]] = {
    "the subject is the reviewer, hidden by an empty draft": second_account_hidden_by_an_empty_draft,
    "the subject is the reviewer, hidden by an edit without a name": second_account_hidden_by_an_edit,
    "the subject is the reviewer, by PUT identity only": partial(verify, user=LIN, person=RUI),
    "the reviewer is the subject, by PUT identity only": reviewer_verified_as_lin,
    "one person over a third account": linked_over_a_third_account,
    "the subject is the reviewer, verified as another person since": later_verified_as_another_person,
    "in one circle": lambda simulation: in_one_circle(simulation, RUI, LIN),
    "the subject's second account is in the reviewer's circle": lambda simulation: in_one_circle(simulation, RUI, HAO),
    "the reviewer's second account is in the subject's circle": lambda simulation: in_one_circle(simulation, ZOE, LIN),
    "the second accounts of both are in one circle": lambda simulation: in_one_circle(simulation, ZOE, HAO),
    "the second accounts of both traded": second_accounts_traded,
    "the reviewer invited the subject, who returned": partial(invited, user=LIN, by=RUI),
    "the subject invited the reviewer, who returned": partial(invited, user=RUI, by=LIN),
    "the second accounts of both invited each other": partial(invited, user=HAO, by=ZOE),
    "the reviewer invited the subject, in an older event": invited_by_an_event_out_of_order,
}

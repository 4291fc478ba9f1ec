"""Actions of reviewers and operators who read about users in other services, with a grant of review for each read."""

from __future__ import annotations

from simulation.soak.soak import Soak

READS = {"list_user_orders": "orders", "get_user_profile": "profile"}


def read_with_grant(soak: Soak) -> None:
    actor, name = soak.choose_actor(soak.with_role("reviewer", "operator")), soak.randomness.choice(list(READS))
    user_id = soak.choose_actor(soak.actors).user_id
    response = soak.call(actor, "create_read_grant", body={"read": READS[name], "subject_id": user_id})
    if response and response.status == 201:
        grant = response.body["grant"]
        soak.learn("secrets", grant)
        soak.learn("grants", (actor.index, name, user_id, grant))
        soak.call(actor, name, {"user_id": user_id}, query=f"grant={grant}")


def use_grant_again(soak: Soak) -> None:
    """A grant is used a second time, or by another reader."""
    if known := soak.recent("grants", among=3):
        index, name, user_id, grant = known
        actor = soak.actors[index] if soak.chance(0.8) else soak.choose_actor(soak.with_role("reviewer", "operator"))
        soak.call(actor, name, {"user_id": user_id}, query=f"grant={grant}")


ACTIONS = {read_with_grant: 3, use_grant_again: 2}

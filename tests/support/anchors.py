"""Anchored audit chains, and what `make audit` reports of them."""

from __future__ import annotations

from services.review.repository import applications as repository
from services.shared.security import anchored
from services.shared.security.audit import ChainVerification, chain_of, verify_chain
from simulation.setup.applications import decide_application, enrol_reviewer, submit_application
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller


def verify(simulation: Simulation, service: str = "review") -> list[ChainVerification]:
    """Verify a service as `make audit` does."""
    own = chains(simulation, service)
    found = anchored.verify_anchors(simulation.table(service), simulation.archive, service, own, simulation.clock())
    return [one for one in (*own, *found) if one.state != "intact"]


def chains(simulation: Simulation, service: str = "review") -> list[ChainVerification]:
    items = [item for item in simulation.memory(service).all_items() if "audit_head" in item]
    return [verify_chain(simulation.table(service), item) for item in items]


def reasons(simulation: Simulation, service: str = "review") -> dict[str, str | None]:
    return {one.chain: one.reason for one in verify(simulation, service)}


def decide(simulation: Simulation, name: str) -> str:
    """Decide an application, and return its chain."""
    application = submit_application(simulation, caller(name))
    for reviewer in ("rui", "shan"):
        decide_application(simulation, enrol_reviewer(simulation, reviewer), application)
    handle_new_changes(simulation, "review")
    return chain_of(repository.application_key(application.id).attributes())


def two_hours() -> tuple[Simulation, str]:
    """Decide one application in each of two hours, anchor them, and return the chain of the second one."""
    simulation = Simulation()
    for name in ("lin", "mei"):
        chain = decide(simulation, name)
        simulation.clock.advance(hours=1)
        assert simulation.anchor_heads("review") > 0
    assert verify(simulation) == []
    return simulation, chain


def names(simulation: Simulation) -> list[str]:
    return sorted(simulation.archive.texts)

"""Every act of review that concerns a dispute in which Lin is the buyer, the seller or the owner of the circle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from services.review import usecases as review
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import DisputeChanged, DisputeChangedData
from services.shared.security.auth import Caller
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller
from tests.usecases.review.acts import LIN, MEI, SHAN, YAN, Act

PARTIES = ("buyer", "seller", "owner")


def dispute_with(simulation: Simulation, party: str = "buyer", **about: Any) -> str:
    """Publish a dispute in which Lin is the buyer, the seller or the owner of the circle, and return its id."""
    dispute_id = new_id("dsp")
    users = {"buyer_id": MEI.user_id, "seller_id": YAN.user_id, "owner_id": caller("owner").user_id}
    data: dict[str, Any] = {
        "dispute_id": dispute_id,
        "order_id": new_id("ord"),
        "circle_id": new_id("cir"),
        **(users | {f"{party}_id": LIN.user_id}),
        "reason": "not_received",
        "amount": 10_000,
        "currency": "CNY",
        "has_answer": False,
        "state": "open",
    }
    publish_dispute(simulation, data | about)
    return dispute_id


def publish_dispute(simulation: Simulation, data: dict[str, Any], version: int | None = None) -> None:
    about = envelope(simulation, data["dispute_id"], version)
    review.apply_dispute_changed(simulation.review, DisputeChanged(**about, data=DisputeChangedData.model_validate(data)))


def get_dispute_case(simulation: Simulation, by: Caller, party: str = "buyer") -> Act:
    dispute_id = dispute_with(simulation, party)
    return lambda: review.get_dispute_case(simulation.review, by, dispute_id)


def propose_ruling(simulation: Simulation, by: Caller, party: str = "buyer") -> Act:
    dispute_id = dispute_with(simulation, party)
    return lambda: review.propose_ruling(simulation.review, by, dispute_id, 5_000, "双方各半。")


def ratify_ruling(simulation: Simulation, by: Caller, party: str = "buyer", rejects: bool = False) -> Act:
    dispute_id = dispute_with(simulation, party)
    ruling = review.propose_ruling(simulation.review, SHAN, dispute_id, 5_000, "双方各半。").proposal
    use_case, proposal_id = review.reject_ruling if rejects else review.ratify_ruling, ruling.id if ruling else ""
    return lambda: use_case(simulation.review, by, dispute_id, proposal_id)


RULING_ACTS: dict[str, Callable[[Simulation, Caller], Act]] = {
    **{f"get_dispute_case: {party}": partial(get_dispute_case, party=party) for party in PARTIES},
    **{f"propose_ruling: {party}": partial(propose_ruling, party=party) for party in PARTIES},
    **{f"ratify_ruling: {party}": partial(ratify_ruling, party=party) for party in PARTIES},
    **{f"reject_ruling: {party}": partial(ratify_ruling, party=party, rejects=True) for party in PARTIES},
}

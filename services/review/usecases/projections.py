"""What other services tell: who is in which circle, who traded with whom, which circles have ended."""

from __future__ import annotations

from services.review.domain import State
from services.review.errors import ApplicationNotFound
from services.review.repository import applications, cohorts, people
from services.review.usecases.deciding import write_with_cohort
from services.review.usecases.ports import Ports
from services.review.usecases.successions import follow_owner
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleChanged, MembershipChanged, OrderChanged
from services.shared.table.versioned import retry_on_write_conflict

TRADED = ("paid", "shipped", "received", "completed")


def keep_membership(ports: Ports, event: MembershipChanged) -> None:
    """A tie between people: who is in a circle, and who let them in."""
    data = event.data
    attributes = {"role": data.role, "state": data.state, "invited_by": data.invited_by}
    people.keep_membership(ports.table, data.user_id, data.circle_id, attributes, event.entity_version)


def keep_trade(ports: Ports, event: OrderChanged) -> None:
    """A tie between buyer and seller, once something was paid; it stays."""
    if event.data.state in TRADED:
        people.keep_trade(ports.table, event.data.buyer_id, event.data.seller_id)


def follow_circle(ports: Ports, event: CircleChanged) -> None:
    """Whose a circle is, and that one has ended."""
    if event.data.state == "closed":
        free_seat(ports, event)
    else:
        follow_owner(ports, event)


def free_seat(ports: Ports, event: CircleChanged) -> None:
    """A circle has ended: its seat is free, once; the schedule gives it to whoever waits first."""

    def attempt() -> None:
        try:
            loaded = applications.find_application(ports.table, derive_id("app", event.data.circle_id))
        except ApplicationNotFound:
            return
        if loaded.entity.state is not State.ACTIVE:
            return
        cohort = cohorts.find_cohort(ports.table, loaded.entity.cohort, ports.quota_of(loaded.entity.cohort))
        after, freed = loaded.entity.close(cohort.entity, at=ports.clock())
        put = loaded.put(applications.application_to_item(after), ports.new_id)
        write_with_cohort(ports, put, cohort, freed, after)

    retry_on_write_conflict(attempt)

"""A listing that a moderator removed, with all services, and the appeal of its seller."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.chat.domain import Notification
from services.commerce import usecases as commerce
from services.commerce.domain.listing import removal_case_id
from services.commerce.domain.money import Money
from services.review import usecases as review
from services.review.domain import AppealOutcome, Case
from services.review.repository.appeals import take_down_appeal_id
from services.review.repository.cases import load_case
from services.review.schemas import TakeDownResponse
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import TakeDownChanged
from services.shared.security.auth import Caller
from simulation.driver import Driver
from simulation.setup.applications import enrol_reviewer
from simulation.setup.requests import change
from simulation.streams import all_changes, published_events
from simulation.users import new_key
from tests.usecases.cross_service.market import MEI, YAN, Market, remove

GRANTED, UPHELD = AppealOutcome.GRANTED, AppealOutcome.UPHELD


class Removed(Market):
    """The market, over all services, with a listing that a moderator removed."""

    def __init__(self, by: Caller = YAN) -> None:
        super().__init__()
        self.driver = Driver(plain=self.simulation)
        self.remove(by)

    def run(self) -> None:
        self.simulation.clock.advance(seconds=1)
        self.driver.run()

    def remove(self, by: Caller = YAN) -> None:
        remove(self, by)
        self.run()

    @property
    def case_id(self) -> str:
        removal = self.stored().removal
        assert removal
        return removal_case_id(self.listing.id, millis(removal.at))

    def case(self) -> Case:
        return load_case(self.simulation.review_table, self.case_id).entity

    def appeal(self, by: Caller = MEI) -> str:
        key = new_key(by, now=self.simulation.clock.now)
        review.appeal_take_down(self.simulation.review, by, self.case_id, key, "是正品，有发票。")
        self.run()
        return take_down_appeal_id(self.case_id)

    def decide(self, outcome: AppealOutcome = GRANTED, by: str = "shan") -> None:
        reviewer = enrol_reviewer(self.simulation, by)
        review.decide_appeal(self.simulation.review, reviewer, take_down_appeal_id(self.case_id), outcome, "有发票。")
        self.run()

    def restore(self) -> None:
        self.appeal()
        self.decide()

    def lines(self, reader: Caller) -> list[Notification]:
        """Return the reader's notifications of take-downs and removals."""
        page = chat.list_notifications(self.simulation.chat, reader, PageRequest(50))
        return [view.notification for view in page.items if view.notification.kind == "take_down"]

    def take_downs(self, reader: Caller = MEI) -> list[TakeDownResponse]:
        listed = review.list_take_downs(self.simulation.review, reader, PageRequest(20)).items
        return [TakeDownResponse.of(case, self.simulation.clock.now) for case in listed]


def edit(market: Removed, **fields: Any) -> None:
    ports, request = market.simulation.commerce, change(market.stored().revision)
    new: dict[str, Any] = {"title": "望远镜", "price": Money(12_900, "CNY"), "on_sale": True, **fields}
    commerce.update_listing(ports, MEI, market.circle_id, market.listing.id, request, **new)
    market.run()


def event_of(market: Removed, **changes: Any) -> TakeDownChanged:
    published = published_events("review", all_changes(market.simulation, "review"))
    event = next(event for event in published if isinstance(event, TakeDownChanged))
    return event.model_copy(update={"data": event.data.model_copy(update=changes)})

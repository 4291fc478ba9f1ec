"""A circle whose name is reported, taken down and restored, with the events of all services delivered."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain import Role
from services.review import usecases as review
from services.review.domain import AppealOutcome, Case, CaseOutcome
from services.review.domain.tenure import Tenure
from services.review.repository.cases import load_case
from services.review.repository.tenures import get_tenure
from services.shared.kernel.ids import derive_id, deterministic_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import join_circle, set_role
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.usecases.cross_service.circle_names import LIN, MEI, NAME, names_of, open_named, rename, settle

HAO = caller("hao")
SPAM = ReportInput("spam")
DEFAULT = "圈子"


class Named:
    """A circle of Lin with a name, of which Mei is a co-owner and Hao a member."""

    def __init__(self, name: str = NAME) -> None:
        self.simulation = Simulation()
        self.id = open_named(self.simulation, LIN, name)
        for member in (MEI, HAO):
            join_circle(self.simulation, member, LIN, self.id)
        set_role(self.simulation, LIN, self.id, MEI.user_id, Role.CO_OWNER)
        settle(self.simulation)

    @property
    def tenure(self) -> Tenure:
        return get_tenure(self.simulation.review_table, derive_id("app", self.id))

    def report(self, by: Caller = HAO, number: int = 0) -> str:
        """Report the name that shows, and return the id of the case with this number."""
        self.simulation.clock.advance(minutes=1)
        circles.report_circle_name(self.simulation.circles, by, self.id, SPAM)
        settle(self.simulation)
        return deterministic_id("cas", 0, "circles", "circle_name", f"{self.id}/name", str(number))

    def case(self, case_id: str) -> Case:
        return load_case(self.simulation.review_table, case_id).entity

    def uphold(self, case_id: str, violation: Violation = Violation.HATE) -> None:
        rui, latest = enrol_reviewer(self.simulation, "rui"), self.case(case_id).latest_revision
        outcome, ports = CaseOutcome.UPHELD, self.simulation.review
        review.decide_case(ports, rui, case_id, outcome, "核实。", latest, violation=violation)
        settle(self.simulation)

    def take_down(self, number: int = 0, by: Caller = HAO) -> str:
        case_id = self.report(by, number)
        self.uphold(case_id)
        return case_id

    def restore(self, case_id: str) -> None:
        """Appeal as the owner at the time of the report, and grant the appeal as another reviewer."""
        self.simulation.clock.advance(minutes=1)
        ports, key = self.simulation.review, new_key(LIN, now=self.simulation.clock.now)
        review.appeal_take_down(ports, LIN, case_id, key, "这是地名。")
        shan = enrol_reviewer(self.simulation, "shan")
        (appeal,) = review.list_appeals(ports, shan, PageRequest(5)).items
        review.decide_appeal(ports, shan, appeal.id, AppealOutcome.GRANTED, "误判。")
        settle(self.simulation)

    def rename(self, name: str, by: Caller = LIN) -> str:
        shown = rename(self.simulation, by, self.id, name)
        settle(self.simulation)
        return shown

    def shown(self) -> str:
        """Return the name that every service shows."""
        tenure, names = self.tenure, names_of(self.simulation, self.id)
        (name,) = names - {tenure.circle_name} | {tenure.shown_name}
        assert name == circles.get_circle(self.simulation.circles, HAO, self.id).circle.name
        return name

    def is_down(self) -> bool:
        return self.shown().startswith(DEFAULT)

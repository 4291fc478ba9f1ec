"""The actions of the scenarios with jobs: the purge of a circle with a shop and a case, and the archive of a member."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain.deletion import ContentChoice
from services.circles.domain.export import ExportKind
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.shared.kernel.ids import deterministic_id
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import (
    CIRCLE,
    HAO,
    LISTING,
    MEI,
    REPORT,
    RUI,
    YAN,
    Action,
    close_circle,
    request_export,
    run_circles_schedule,
)


def report_listing(simulation: Simulation) -> Any:
    return commerce.report_listing(simulation.commerce, HAO, CIRCLE, LISTING, REPORT)


def decide_listing_case(simulation: Simulation) -> Any:
    case_id = deterministic_id("cas", 0, "commerce", "listing", LISTING, "0")
    return review.decide_case(simulation.review, RUI, case_id, CaseOutcome.DISMISSED, "核实。")


def run_jobs(service: str) -> Action:
    """Run the jobs of a service 8 times: a later run continues what had a conflict before."""
    use_cases: dict[str, Any] = {"chat": chat, "commerce": commerce, "review": review}

    def action(simulation: Simulation) -> None:
        for _ in range(8):
            use_cases[service].handle_jobs(simulation.ports(service))

    return action


ARCHIVE_KEY = new_key(MEI)


def request_archive(simulation: Simulation) -> Any:
    return circles.create_export(simulation.circles, MEI, CIRCLE, ARCHIVE_KEY, ExportKind.OWN)


def complete_archive(simulation: Simulation) -> None:
    """Run the jobs of all services, and the schedule of circles."""
    for service in ("chat", "commerce", "review"):
        run_jobs(service)(simulation)
    run_circles_schedule(simulation)


ACCOUNT_KEY = new_key(MEI)


def request_account_archive(simulation: Simulation) -> Any:
    return circles.create_account_export(simulation.circles, ACCOUNT_KEY)


def request_account_deletion(simulation: Simulation) -> Any:
    return circles.request_deletion(simulation.circles, YAN, ContentChoice.DELETE)


def withdraw_account_deletion(simulation: Simulation) -> None:
    circles.withdraw_deletion(simulation.circles, YAN)


# The scenarios: name, action, the scenario before, and how long after that one.
JOBS: tuple[tuple[Any, ...], ...] = (
    ("close-circle", close_circle, "comment"),
    ("delete-circle", run_circles_schedule, "close-circle", timedelta(days=31)),
    ("request-export", request_export, "comment"),
    ("write-export", run_circles_schedule, "request-export"),
    ("report-listing", report_listing, "create-listing"),
    ("close-shop", close_circle, "report-listing"),
    ("delete-shop", run_circles_schedule, "close-shop", timedelta(days=31)),
    ("purge-shop", run_jobs("commerce"), "delete-shop"),
    ("purge-room", run_jobs("chat"), "delete-shop"),
    ("purge-cases", run_jobs("review"), "delete-shop"),
    ("decide-late-case", decide_listing_case, "purge-cases"),
    ("erase-case", run_jobs("review"), "decide-late-case"),
    ("request-archive", request_archive, "send-card"),
    ("write-archive", run_circles_schedule, "request-archive"),
    ("write-messages", run_jobs("chat"), "request-archive"),
    ("write-trades", run_jobs("commerce"), "write-archive"),
    ("write-reports", run_jobs("review"), "request-archive"),
    ("complete-archive", complete_archive, "request-archive"),
    ("request-account-archive", request_account_archive, "send-card"),
    ("write-account-archive", run_circles_schedule, "request-account-archive"),
    ("write-all-messages", run_jobs("chat"), "request-account-archive"),
    ("write-all-trades", run_jobs("commerce"), "request-account-archive"),
    ("write-all-reports", run_jobs("review"), "request-account-archive"),
    ("request-deletion", request_account_deletion, "send-card"),
    ("check-deletion", run_jobs("commerce"), "request-deletion"),
    ("withdraw-deletion", withdraw_account_deletion, "check-deletion"),
    ("check-again", run_circles_schedule, "check-deletion", timedelta(days=16)),
    ("begin-deletion", run_jobs("commerce"), "check-again"),
    ("erase-user", run_circles_schedule, "begin-deletion", timedelta(minutes=5)),
    ("erase-messages", run_jobs("chat"), "erase-user"),
    ("erase-trades", run_jobs("commerce"), "erase-messages"),
    ("erase-reports", run_jobs("review"), "erase-trades"),
    ("complete-deletion", run_circles_schedule, "erase-reports", timedelta(minutes=5)),
    ("complete-late", run_circles_schedule, "write-account-archive", timedelta(days=1)),
)

"""R10, R12: near copies are flagged by the request of their applicant, so long texts delay no audit."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import Application, Content, State
from services.review.domain.similarity import BINS, MAX_CHARACTERS, fingerprints_of
from services.review.usecases import near_copies
from services.review.usecases.applications import ApplicationInput
from services.review.usecases.stream import MAX_GROUP, stream_steps
from services.shared.messaging.stream import process_stream
from services.shared.security.auth import Caller
from services.shared.table.port import Throttled
from simulation.setup.applications import application_input, current_application, decide_application, enrol_reviewer
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes, new_changes, record_from_change
from simulation.users import caller, new_key
from tests.usecases.review.test_eligibility import LONG

LIN, MEI = caller("lin"), caller("mei")
OWN_WORDS = replace(LONG, resonance="喜欢手冲咖啡。" * 9, circle_definition="家里能做的手冲。" * 9, plan="每周试一支豆子。" * 9)


def form(simulation: Simulation, user: Caller, content: Content) -> ApplicationInput:
    """Return an application with a link of its own."""
    return replace(application_input(simulation, user, content), evidence=(f"https://example.org/{user.user_id}",))


def submit(simulation: Simulation, user: Caller, content: Content) -> Application:
    key = new_key(user, now=simulation.clock.now)
    draft = review.create_application(simulation.review, user, key, form(simulation, user, content))
    return review.submit_application(simulation.review, user, draft.id)


def edit(simulation: Simulation, application: Application, content: Content) -> Application:
    simulation.clock.advance(seconds=1)
    new, request = form(simulation, MEI, content), change(application.applicant_version)
    return review.update_application(simulation.review, MEI, application.id, request, new)


@pytest.fixture
def simulation() -> Simulation:
    """Lin's application with the long text is rejected."""
    simulation = Simulation()
    rejected = submit(simulation, LIN, LONG)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), rejected, approves=False)
    handle_new_changes(simulation, "review")
    return simulation


def is_flagged(simulation: Simulation, application: Application) -> bool:
    return any(flag.startswith("near_copy:") for flag in current_application(simulation, application).flags)


def test_r10_a_copy_is_flagged_with_its_submission(simulation: Simulation) -> None:
    assert is_flagged(simulation, submit(simulation, MEI, LONG))


def test_r10_the_flags_are_about_the_revision_under_review(simulation: Simulation) -> None:
    application = submit(simulation, MEI, OWN_WORDS)
    assert not is_flagged(simulation, application)
    for content, flagged in ((LONG, True), (OWN_WORDS, False), (LONG, True)):
        application = edit(simulation, application, content)
        assert (application.state, is_flagged(simulation, application)) == (State.SUBMITTED, flagged)


def test_r10_a_copy_that_is_submitted_after_a_question_is_flagged(simulation: Simulation) -> None:
    application, shan = submit(simulation, MEI, OWN_WORDS), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, shan, application.id)
    key = new_key(shan, now=simulation.clock.now)
    review.request_information(simulation.review, shan, application.id, key, ("plan",), "请补充。")
    edit(simulation, application, LONG)
    assert is_flagged(simulation, review.submit_application(simulation.review, MEI, application.id))


def test_r12_the_stream_computes_no_fingerprint_of_drafts_edits_and_submissions(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def compute(text: str) -> tuple[str, ...]:
        computed.append(text)
        return fingerprints_of(text)

    monkeypatch.setattr(near_copies, "fingerprints_of", compute)
    application = submit(simulation, MEI, LONG)
    for number in range(5):
        application = edit(simulation, application, replace(LONG, plan=f"{number} {LONG.plan}"))
    assert len(computed) == 6
    handle_new_changes(simulation, "review")
    assert len(computed) == 6
    decide_application(simulation, enrol_reviewer(simulation, "shan"), application, approves=False)
    handle_new_changes(simulation, "review")
    assert len(computed) == 7


def test_r12_the_audit_entries_of_a_group_come_before_all_else(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage in what else is derived stops after the entries of the whole group were written."""
    application = submit(simulation, MEI, LONG)
    for number in range(5):
        application = edit(simulation, application, replace(LONG, plan=f"{number} {LONG.plan}"))

    def fail(*_: Any) -> None:
        raise Throttled

    monkeypatch.setattr("services.review.usecases.stream._derive", fail)
    records = [record_from_change(changed) for changed in new_changes(simulation, "review")]
    response = process_stream({"Records": records}, stream_steps(simulation.review), lambda *_: None, size=MAX_GROUP)
    assert response["batchItemFailures"]
    chain = review.audit_application(simulation.review, caller("op", "operator"), application.id)
    assert (chain.state, chain.length) == ("intact", 6)


# fingerprints


def random_text(numbers: random.Random, length: int) -> str:
    return "".join(chr(numbers.randrange(0x4E00, 0x9FA5)) for _ in range(length))


@pytest.mark.parametrize(("alike", "least", "most"), [(0.5, 0.7, 0.9), (0.2, 0.03, 0.16), (0.0, 0.0, 0.01)])
def test_r10_texts_share_a_fingerprint_as_often_as_the_docstring_says(alike: float, least: float, most: float) -> None:
    numbers, length, shared = random.Random(7), 300, 0
    common = round(2 * length * alike / (1 + alike))
    for _ in range(200):
        start = random_text(numbers, common)
        first, second = (set(fingerprints_of(start + random_text(numbers, length - common))) for _ in range(2))
        shared += bool(first & second)
    assert least <= shared / 200 <= most


def test_r10_the_work_for_a_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash per shingle. The normalization makes 18 characters of one in this text."""
    calls = 0
    real = hashlib.blake2b

    def count(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return real(*arguments, **named)

    monkeypatch.setattr("services.review.domain.similarity.hashlib.blake2b", count)
    numbers = random.Random(7)
    text = "".join(numbers.choice("\ufdfa㌀㌁㌂㌃㍖") + random_text(numbers, 1) for _ in range(100_000))
    assert len(fingerprints_of(text)) == 12
    assert calls <= MAX_CHARACTERS + BINS


@pytest.mark.parametrize("length", [0, 5, 21])
def test_r10_a_short_text_has_no_fingerprint(length: int) -> None:
    assert fingerprints_of(random_text(random.Random(7), length)) == ()
    assert len(fingerprints_of(random_text(random.Random(7), 22))) == 12


def test_r10_a_text_has_the_same_fingerprints_in_every_version() -> None:
    """Those of a rejected text are stored for 180 days. They are made of all bins."""
    text = (
        "今早在江边看到白鹭，下午又在湿地见到两只苇莺。我们想和同样会为一声鸣叫停下脚步的人待在一起，只聊在城市里看得到的野鸟。"
    )
    assert fingerprints_of(text)[0] == "3371a077a0b5"
    assert hashlib.sha256(" ".join(fingerprints_of(text)).encode()).hexdigest()[:12] == "35c4c92d6cf3"

"""Every action that review's code writes into an audit chain is listed in the table of the transparency report (R20)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from services.review import domain
from services.review.domain import AppealOutcome, CaseOutcome
from services.review.domain.tenure import AssessmentOutcome
from services.review.domain.transparency import COUNTED, Count, find_act
from services.shared.security import access_logs
from services.shared.security.audit import GENESIS_HASH, AuditEntry
from services.shared.table import settings

DOMAIN = Path(domain.__file__).parent
SHARED = (Path(access_logs.__file__), Path(settings.__file__))  # the audited entities that every service has
WRITERS = {"extend": 0, "_log": 0, "_act_alone": 0, "_apply": 1, "_delete_pending": 1}  # the argument that is the action
KINDS = {  # by file
    "application": "APPLICATION",
    "appeal": "APPEAL",
    "case": "CASE",
    "sanction_record": "ACCOUNT_STATUS",
    "tenure": "TENURE",
    "succession": "SUCCESSION",
    "dispute": "DISPUTE",
    "enrolment": "REVIEWER",
    "access_logs": "ACCESS_LOG",
    "settings": "SETTINGS",
}
VALUES: dict[str, list[str]] = {  # of the names in formatted actions, by file
    "case.outcome": list(CaseOutcome),
    "case.state": list(AppealOutcome),  # an appeal that has ended
    "appeal.outcome": list(AppealOutcome),
    "tenure.assessment.outcome": list(AssessmentOutcome),
    "access_logs.subject": [""],
}


def texts_of(file: str, node: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Return the texts that an expression can be."""
    match node:
        case ast.Constant(str() as text):
            return [text]
        case ast.IfExp():
            return texts_of(file, node.body, function) + texts_of(file, node.orelse, function)
        case ast.JoinedStr(values):
            texts = [""]
            for part in values:
                texts = [text + more for text in texts for more in texts_of(file, part, function)]
            return texts
        case ast.FormattedValue(value) | ast.Call(func=ast.Name(id="str"), args=[value]):
            return [str(value) for value in VALUES[f"{file}.{ast.unparse(value)}"]]
        case ast.Name(name):
            assigned = [
                one.value for one in ast.walk(function) if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name
            ]
            is_argument = name in {argument.arg for argument in function.args.args}
            assert assigned or is_argument, name
            return [text for value in assigned for text in texts_of(file, value, function)]
    raise AssertionError(ast.unparse(node))


def actions_in(path: Path) -> set[str]:
    functions = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]
    calls = [(node, function) for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {
        text.strip()
        for call, function in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in WRITERS
        for text in texts_of(path.stem, call.args[WRITERS[call.func.attr]], function)
    }


def test_r20_every_action_of_an_audit_chain_is_listed_and_no_other() -> None:
    written = {path.stem: actions for path in (*DOMAIN.glob("*.py"), *SHARED) if (actions := actions_in(path))}
    assert written.keys() == KINDS.keys(), "an entity of another file has an audit chain: list its kind in COUNTED"
    listed = {name: set(COUNTED[kind]) for name, kind in KINDS.items()}
    assert written == listed
    assert COUNTED.keys() == set(KINDS.values())


def test_r20_an_action_that_is_not_listed_is_set_aside_and_not_lost() -> None:
    entry = AuditEntry(1, "2026-03-01T00:00:00.000Z", "a", "sold", "", GENESIS_HASH)
    with pytest.raises(KeyError):
        find_act("CASE#1|CASE", "CASE", entry, None)


def test_r20_every_count_is_reached_by_an_action() -> None:
    plain = {rule for rules in COUNTED.values() for rule in rules.values() if isinstance(rule, Count)}
    derived = {count for count in Count if count.startswith("users_")}
    derived |= {Count.APPLICATIONS_SUBMITTED, Count.APPLICATIONS_GRANTED, Count.APPLICATIONS_REJECTED}
    derived |= {Count.APPEALS_GRANTED, Count.CONTENT_TAKEN_DOWN, Count.CASES_UPHELD, Count.SUCCESSIONS_APPROVED}
    assert plain | derived == set(Count)

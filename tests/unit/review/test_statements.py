"""The verifier's statement is used only if each of its values has the right type and can be stored."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from services.review.domain.identity import SALT, Statement, parse_statement
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import Invalid
from simulation.clock import NOON

SECRET, USER = b"s" * 32, "user"
VALUES: list[Any] = [USER, "person", "林*", "adult", 64, millis(NOON)]
WRONG: list[tuple[int, Any]] = [
    *((1, wrong) for wrong in (None, 7, "", "p" * 201, "p\x00", "p\ud800")),
    *((2, wrong) for wrong in (None, 7, "林" * 41, "林\u202e*", "林\n")),
    *((3, wrong) for wrong in (None, 1, True, "", "true", "2031-02-30", "20310203", "2031-2-3", "1999-12-31", "2100-01-02")),
    *((4, wrong) for wrong in (None, "64", 6.4, True, -1, 3651, 2**63, 10**38)),
    *(
        (5, wrong)
        for wrong in (None, str(millis(NOON)), float("nan"), True, 10**400, -(10**400), millis(NOON + timedelta(hours=1)))
    ),
]


def parse(values: Any) -> Statement:
    how: Any = {"signer_kwargs": {"digest_method": hashlib.sha256}, "serializer_kwargs": {"ensure_ascii": True}}
    token = URLSafeSerializer([SECRET], salt=SALT, **how).dumps(values)
    return parse_statement(str(token), [SECRET], USER, NOON)


@pytest.mark.parametrize("active_days", [0, 3650])
def test_r1_a_statement_with_values_in_range_is_used(active_days: int) -> None:
    name, pseudonym = "林" * 40, "p" * 200
    expected = Statement(pseudonym, name, date(2031, 2, 3), active_days)
    assert parse([USER, pseudonym, name, "2031-02-03", active_days, millis(NOON)]) == expected


@pytest.mark.parametrize(("index", "value"), WRONG)
def test_r1_a_signed_statement_with_another_value_is_denied(index: int, value: Any) -> None:
    with pytest.raises(Invalid):
        parse([*VALUES[:index], value, *VALUES[index + 1 :]])


@pytest.mark.parametrize("values", [None, {}, [], VALUES[:-1], [*VALUES, 1], "text", [VALUES]])
def test_r1_a_signed_statement_of_another_form_is_denied(values: Any) -> None:
    with pytest.raises(Invalid):
        parse(values)

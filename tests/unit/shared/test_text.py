"""Text normalization, ids, idempotency keys, time and claims."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from services.shared.kernel.clock import from_millis, from_rfc3339, millis, next_china_time, next_version, rfc3339
from services.shared.kernel.errors import Invalid, Unauthorized
from services.shared.kernel.ids import derive_id, deterministic_id, key_time
from services.shared.kernel.text import normalize_text
from services.shared.security.auth import caller_of
from simulation.user_pool import TOKENS

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
EARLY, LATE = NOW.replace(year=1990, tzinfo=None), NOW.replace(year=2200, tzinfo=None)


@pytest.mark.parametrize(
    "bad", ["a\x00b", "\ud800", "\uffff", "a\ufffeb", "abc\u202edef", "\u2066x", "e" + "\u0301" * 9, "x" + "\u0336" * 10_000]
)
def test_forbidden_characters_are_an_error(bad: str) -> None:
    with pytest.raises(ValueError, match=r"character-not-allowed|too-many-combining-marks"):
        normalize_text(bad)


def test_text_is_normalized_without_fillers() -> None:
    assert normalize_text("  e\u0301\u200b 观鸟\ufeff ") == "é 观鸟"
    assert normalize_text("👩\u200d🔬") == "👩\u200d🔬"


@given(st.text())
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    try:
        once = normalize_text(text)
    except ValueError:
        return
    assert normalize_text(once) == once


@given(st.integers(0, 2**41), st.text(), st.text())
def test_deterministic_ids_are_stable_and_contain_their_time(at_ms: int, one: str, two: str) -> None:
    made = deterministic_id("note", at_ms, one, two, secret=b"k")
    assert made == deterministic_id("note", at_ms, one, two, secret=b"k")
    assert ULID.from_str(made[5:]).milliseconds == at_ms
    assert made[15:] != deterministic_id("note", at_ms, one, two, secret=b"other")[15:]


def test_a_derived_id_has_the_number_of_its_origin() -> None:
    assert derive_id("cir", "app_01ARZ3NDEKTSV4RRFFQ69G5FAV") == "cir_01ARZ3NDEKTSV4RRFFQ69G5FAV"


STALE = {
    "empty": "",
    "short": "x",
    "uuid4": str(uuid.uuid4()),
    "old": str(ULID.from_datetime(NOW - timedelta(hours=25))),
    "future": str(ULID.from_datetime(NOW + timedelta(minutes=6))),
    "lower": str(ULID.from_datetime(NOW)).lower(),
}


@pytest.mark.parametrize("bad", STALE.values(), ids=STALE)
def test_idempotency_keys_must_be_fresh_and_well_formed(bad: str) -> None:
    with pytest.raises(Invalid):
        key_time(bad, NOW)


def test_idempotency_keys_can_be_ulids_or_uuids_of_version_seven() -> None:
    seven = uuid.UUID(int=(millis(NOW) << 80) | (7 << 76) | (2 << 62) | 12345)
    assert key_time(str(seven), NOW) == millis(NOW)
    assert key_time(str(ULID.from_timestamp(millis(NOW) / 1000)), NOW) == millis(NOW)


@given(st.datetimes(EARLY, LATE))
def test_times_are_converted_exactly_to_the_millisecond(at: datetime) -> None:
    at = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    assert from_millis(millis(at)) == at == from_rfc3339(rfc3339(at))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-05T18:59:59.999+00:00", "2026-03-05T19:00+00:00"),
        ("2026-03-05T19:00:00+00:00", "2026-03-06T19:00+00:00"),  # later than, never the same moment
        ("2026-03-06T00:30:00+08:00", "2026-03-06T03:00+08:00"),
        ("2026-12-31T20:00:00+00:00", "2027-01-01T19:00+00:00"),
    ],
)
def test_the_next_time_of_the_day_in_china_is_later(after: str, expected: str) -> None:
    found = next_china_time(datetime.fromisoformat(after), time(3))
    assert found.isoformat(timespec="minutes") == expected


def test_only_the_clock_knows_the_offset_of_china() -> None:
    files = [path for folder in ("services", "infra") for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in files if re.search(r"\bCHINA\b", path.read_text(encoding="utf-8"))] == ["clock.py"]


@given(st.integers(0, 2**45))
def test_versions_grow_also_when_the_clock_goes_back(old: int) -> None:
    assert next_version(old, NOW) > old
    assert next_version(old, NOW) >= millis(NOW)


USER = "01234567-89ab-cdef-0123-456789abcdef"


def claims(**more: object) -> dict[str, object]:
    base = {"sub": USER, "token_use": "access", "iat": "1772683200", "exp": "1772686800"}
    return {"authorizer": {"jwt": {"claims": {**base, **more}}}, "http": {"sourceIp": "203.0.113.7"}}


@pytest.mark.parametrize("subject", [USER, "auth0|5f7c8ec7", "112233445566778899001", "u" * 128])
def test_a1_a_subject_of_another_issuer_is_a_user(subject: str) -> None:
    assert caller_of(claims(sub=subject), TOKENS).user_id == subject


OUT_OF_RANGE: list[dict[str, Any]] = [
    *({"sub": sub} for sub in ("", "|u", "u/v", USER + "\n", "u" * 129, f"{USER}#{USER}", "ü")),
    *({name: value} for name in ("iat", "exp") for value in ("", "0", "-1", "1e9", "1" * 11, "1" * 5000, "١" * 10, 1.5, None)),
]


@pytest.mark.parametrize("context", [{}, claims(token_use="id"), *(claims(**wrong) for wrong in OUT_OF_RANGE)])
def test_only_an_access_token_identifies_a_caller(context: dict[str, object]) -> None:
    with pytest.raises(Unauthorized):
        caller_of(context, TOKENS)

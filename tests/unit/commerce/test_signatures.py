"""M8: the signature of the payment provider's webhook. One valid signature of several is enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.commerce.adapters.payments import MAX_SIGNATURES, MAX_TIMES, is_signature_valid, sign_webhook
from tests.support.cpu import cpu_at_most

NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
OWN, OLD, FOREIGN = b"own", b"old", b"foreign"
RAW = b'{"event_id":"evt_1"}'


def time_and_mac(secret: bytes, at: datetime = NOW, raw: bytes = RAW) -> tuple[str, str]:
    seconds, _, mac = sign_webhook(secret, raw, at).partition(",")
    return seconds, mac


T, GOOD = time_and_mac(OWN)
_, BAD = time_and_mac(FOREIGN)
LATER, GOOD_LATER = time_and_mac(OWN, NOW + timedelta(minutes=1))
STALE, GOOD_STALE = time_and_mac(OWN, NOW - timedelta(minutes=6))
_, BY_OLD = time_and_mac(OLD)

VALID = {
    "one": f"{T},{GOOD}",
    "good before bad": f"{T},{GOOD},{BAD}",
    "good after bad": f"{T},{BAD},{GOOD}",
    "spaces": f"{T}, {BAD}, {GOOD}",
    "many": f"{T}," + ",".join([BAD] * (MAX_SIGNATURES - 1) + [GOOD]),
    "not hexadecimal beside good": f"{T},v1=zz,{GOOD}",
    "empty beside good": f"{T},v1=,{GOOD}",
    "no value beside good": f"{T},v1,{GOOD}",
    "outside ASCII beside good": f"{T},v1=é,{GOOD}",
    "another scheme beside good": f"{T},v0=abc,{GOOD},v2=abc",
    "time last": f"{GOOD},{T}",
    "header repeated": f"{T},{BAD}, {T},{GOOD}",
    "header repeated at another time": f"{T},{BAD},{LATER},{GOOD_LATER}",
    "stale time beside good": f"{STALE},{GOOD_STALE},{T},{GOOD}",
    "broken time beside good": f"t=abc,{T},{GOOD}",
    "empty parts": f",,{T},,{GOOD},",
    "old key alone": f"{T},{BY_OLD}",
    "old and new key": f"{T},{BY_OLD},{GOOD}",
    "old and unknown key": f"{T},{BAD},{BY_OLD}",
}
INVALID = {
    "nothing": "",
    "no time": GOOD,
    "no signature": T,
    "all bad": f"{T}," + ",".join([BAD] * 5),
    "stale": f"{STALE},{GOOD_STALE}",
    "time of another signature": f"{LATER},{GOOD}",
    "stale signature with a current time": f"{T},{GOOD_STALE}",
    "upper case": f"{T},{GOOD.upper()}",
    "another scheme": f"{T},{GOOD.replace('v1', 'v0')}",
    "a prefix": f"{T},{GOOD[:-1]}",
    "beyond the bound": f"{T}," + ",".join([BAD] * MAX_SIGNATURES + [GOOD]),
    "times beyond the bound": ",".join(["t=1"] * MAX_TIMES + [T, GOOD]),
}


def is_valid(header: str, secrets: list[bytes] | None = None) -> bool:
    return is_signature_valid(header, secrets or [OWN, OLD], RAW, NOW)


@pytest.mark.parametrize("header", VALID.values(), ids=VALID)
def test_m8_one_valid_signature_is_enough(header: str) -> None:
    assert is_valid(header)
    assert not is_signature_valid(header, [OWN, OLD], RAW + b" ", NOW)


@pytest.mark.parametrize("header", INVALID.values(), ids=INVALID)
def test_m8_without_a_valid_signature_the_header_is_invalid(header: str) -> None:
    assert not is_valid(header)


def test_m8_a_signature_of_the_old_key_is_invalid_after_the_rotation() -> None:
    assert not is_valid(VALID["old key alone"], [OWN])
    assert is_valid(VALID["old and new key"], [OWN])


def test_m8_a_long_header_takes_no_long_time() -> None:
    times = [f"t={int(NOW.timestamp()) + second}" for second in range(300)]
    raw, header = b"x" * 256 * 1024, ",".join([*times, *["v1=0"] * 2000])
    with cpu_at_most(loops=3):
        assert not is_signature_valid(header, [OWN, OLD], raw, NOW)

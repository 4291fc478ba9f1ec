"""Passcodes: strength, expiry, uses and pasting; and the limits on guesses."""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import format_passcode, parse_passcode
from services.circles.settings import CirclesSettings
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.networks import network_of
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.pasted_text import ALPHABET, SYMBOLS
from services.shared.security.keys import KeyRing
from services.shared.table.items import Item
from simulation.memory import MemoryTable
from simulation.setup.circles import issue_passcode, open_circle
from simulation.simulation import Simulation
from simulation.streams import changes_from_images
from simulation.users import caller, new_key

LIN, MEI, QIU = caller("lin"), caller("mei"), caller("qiu")
WRONG = "ABCD-EFGH-JKMN"


def guess(simulation: Simulation, name: str = "qiu", ip: str = "203.0.113.7", passcode: str = WRONG) -> str:
    try:
        circles.join_circle(simulation.circles, caller(name, ip=ip), passcode)
    except errors.PasscodeRejected:
        return "wrong"
    except errors.PasscodeLocked as locked:
        assert locked.retry_after
        return "locked"
    return "joined"


def all_items(simulation: Simulation) -> list[Item]:
    assert isinstance(simulation.circles_table, MemoryTable)
    return simulation.circles_table.all_items()


def test_c4_passcodes_have_60_bits_and_no_lookalikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert SYMBOLS * math.log2(len(ALPHABET)) >= 60


def test_c4_a_million_passcodes_do_not_collide() -> None:
    assert len({format_passcode(secrets.token_bytes(8)) for _ in range(1_000_000)}) == 1_000_000


def test_c4_the_table_contains_no_passcode() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN))
    dump = repr(all_items(simulation))
    assert passcode not in dump
    assert passcode.replace("-", "") not in dump


def test_c4_a_retry_returns_the_same_passcode_and_creates_no_second() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    key = new_key(LIN, body={"max_uses": 5})
    lifetime = timedelta(days=1)
    first = circles.issue_passcode(simulation.circles, LIN, circle_id, key, lifetime, 5)
    simulation.clock.advance(seconds=5)
    assert circles.issue_passcode(simulation.circles, LIN, circle_id, key, lifetime, 5) == first
    other = replace(key, body_hash="another")
    with pytest.raises(KeyReused):
        circles.issue_passcode(simulation.circles, LIN, circle_id, other, lifetime, 6)
    assert sum(item["pk"].startswith("PASSCODE#") for item in all_items(simulation)) == 1


def test_c5_an_expired_passcode_is_rejected_although_its_item_exists() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN), hours=72)
    simulation.clock.advance(hours=72)
    assert guess(simulation, passcode=passcode) == "wrong"
    item = next(item for item in all_items(simulation) if item["pk"].startswith("PASSCODE#"))
    assert "expires_at" not in item  # no time to live: a passcode is never issued again


def test_c5_uses_are_counted_but_not_for_members() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode = issue_passcode(simulation, LIN, circle_id, max_uses=2)
    assert [guess(simulation, name, passcode=passcode) for name in ("a", "a", "b", "c", "a")] == [
        "joined",
        "joined",
        "joined",
        "wrong",
        "joined",
    ]
    listed, _ = circles.list_passcodes(simulation.circles, LIN, circle_id, PageRequest(10))
    assert [(one.uses, one.max_uses) for one in listed] == [(2, 2)]


def test_c5_a_revoked_passcode_is_rejected_at_once() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode = issue_passcode(simulation, LIN, circle_id)
    listed, _ = circles.list_passcodes(simulation.circles, LIN, circle_id, PageRequest(10))
    circles.revoke_passcode(simulation.circles, LIN, circle_id, listed[0].id)
    assert guess(simulation, passcode=passcode) == "wrong"


def test_c5_a_passcode_of_another_circle_cannot_be_revoked() -> None:
    simulation = Simulation()
    own, other = open_circle(simulation, LIN), open_circle(simulation, MEI)
    issue_passcode(simulation, MEI, other)
    listed, _ = circles.list_passcodes(simulation.circles, MEI, other, PageRequest(10))
    with pytest.raises(errors.PasscodeNotFound):
        circles.revoke_passcode(simulation.circles, LIN, own, listed[0].id)


def test_c5_a_passcode_stays_valid_when_the_key_is_rotated() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN))
    rotated = KeyRing("k2", {"k1": b"0" * 32, "k2": b"1" * 32})
    ports = replace(simulation.circles, passcode_keys=rotated)
    assert circles.join_circle(ports, MEI, passcode).is_active


def test_c7_five_wrong_passcodes_lock_the_user_and_then_a_right_one_is_rejected_too() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN))
    assert [guess(simulation) for _ in range(7)] == ["wrong"] * 5 + ["locked"] * 2
    assert guess(simulation, passcode=passcode) == "locked"
    simulation.clock.advance(minutes=29)
    assert guess(simulation, passcode=passcode) == "locked"
    simulation.clock.advance(minutes=2)
    assert guess(simulation, passcode=passcode) == "joined"


def test_c7_a_right_passcode_neither_resets_the_counter_nor_counts() -> None:
    simulation = Simulation()
    passcodes = [issue_passcode(simulation, LIN, open_circle(simulation, LIN)) for _ in range(8)]
    assert [guess(simulation, passcode=passcode) for passcode in passcodes] == ["joined"] * 8
    assert [guess(simulation) for _ in range(4)] == ["wrong"] * 4
    assert guess(simulation, passcode=issue_passcode(simulation, LIN, open_circle(simulation, LIN))) == "joined"
    assert [guess(simulation), guess(simulation)] == ["wrong", "locked"]


def test_c7_attempts_leave_the_window_one_by_one() -> None:
    simulation = Simulation()
    for _ in range(4):
        assert guess(simulation) == "wrong"
        simulation.clock.advance(minutes=3)
    assert [guess(simulation), guess(simulation)] == ["wrong", "wrong"]
    assert guess(simulation) == "locked"


def test_c7_an_attempt_is_written_before_the_passcode_is_looked_up() -> None:
    simulation = Simulation()
    issue_passcode(simulation, LIN, open_circle(simulation, LIN))
    calls: list[str] = []
    table = simulation.circles_table

    class Recorder:
        def __getattr__(self, name: str) -> object:
            def call(first: object, *rest: object, **more: object) -> object:
                calls.append(f"{name} {getattr(first, 'pk', None) or first['pk']}")  # type: ignore[index]
                return getattr(table, name)(first, *rest, **more)

            return call

    simulation.circles_table = Recorder()  # type: ignore[assignment]
    guess(simulation)
    written = next(index for index, call in enumerate(calls) if call.startswith("put GUESSER#"))
    looked_up = next(index for index, call in enumerate(calls) if "PASSCODE#" in call)
    assert written < looked_up


def test_c7_a_network_over_its_limit_locks_only_users_with_wrong_guesses() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN), max_uses=1000)
    for name in range(200):
        assert guess(simulation, f"bot-{name}", ip=f"198.51.100.{name}") == "wrong"
    assert guess(simulation, "bot-1", ip="198.51.100.77") == "locked"
    assert guess(simulation, "innocent", ip="198.51.100.78", passcode=passcode) == "joined"
    assert guess(simulation, "bot-2", ip="203.0.113.9") == "wrong"


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/56"),
        ("2001:db8:1:3::9", "2001:db8:1::/56"),
        ("", "unknown"),
    ],
)
def test_c7_networks_are_24_and_56_bits(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_c7_1000_wrong_passcodes_of_1000_users_raise_one_alarm() -> None:
    simulation = Simulation()
    assert isinstance(simulation.circles_table, MemoryTable)
    threshold = CirclesSettings().guessing_alarm_threshold
    for number in range(threshold):
        guess(simulation, f"bot-{number}", ip=f"10.{number % 100}.{number // 100}.1")
    changes = changes_from_images(simulation.circles_table.stream)
    for group in (changes[at : at + 50] for at in range(0, len(changes), 50)):
        circles.handle_changes(simulation.circles, group)
        circles.handle_changes(simulation.circles, group)  # the stream is delivered twice
    alarms = [item for item in all_items(simulation) if item["pk"] == "ALARM"]
    assert [item["wrong_guesses"] for item in alarms] == [threshold]
    assert alarms[0]["outbox"].startswith("GuessingAlarmRaised:")


PASTED = [
    "{passcode}",
    "{lower}",
    "{packed}",
    "{spaced}",
    "  {passcode}  ",
    "口令:{passcode}",
    "口令：{passcode}。",
    "【{passcode}】",
    "“{passcode}”",
    "{wide}",
    "快来！{passcode} 一起看鸟",
    "复制 {lower} 打开",
    "{passcode}\n",
    "passcode = {passcode};",
    "{dotted}",
    "{underscored}",
    "{packed}。",
    "（{lower}）",
    "{symbols}",
    "{tabbed}",
]


@pytest.mark.parametrize("shape", PASTED)
def test_c8_every_pasted_variant_of_a_passcode_is_parsed(shape: str) -> None:
    passcode = "0A1B-2C3D-4E5F"
    text = shape.format(
        passcode=passcode,
        lower=passcode.lower(),
        packed=passcode.replace("-", ""),
        spaced=passcode.replace("-", " "),
        wide="".join(chr(ord(symbol) + 0xFEE0) for symbol in passcode),
        dotted=passcode.replace("-", "."),
        underscored=passcode.replace("-", "_"),
        symbols="OAlB-2C3D-4E5F",
        tabbed=passcode.replace("-", "\t"),
    )
    assert parse_passcode(text) == "0A1B2C3D4E5F"


@pytest.mark.parametrize("around", ["join {}", "{} code", "join {} soon", "Will: {}"])
def test_c8_a_four_character_word_beside_a_spaced_passcode_is_ignored(around: str) -> None:
    assert parse_passcode(around.format("7KQ2 M0XV 9TRC")) == "7KQ2M0XV9TRC"


@pytest.mark.parametrize(
    "text",
    [
        "ABCD-EFGH-JKMN OBCD-EFGH-JKMP",
        "here 7KQ2 M0XV 9TRC",
        "ABCD-EFGH-JKMN ABCD-EFGH-JKMP",
        "没有口令",
        "ABCD-EFGH",
        "ABCDEFGHJKMNP",
        "UUUU-UUUU-UUUU",
    ],
)
def test_c8_no_passcode_or_two_are_rejected_and_not_counted_as_a_guess(text: str) -> None:
    simulation = Simulation()
    with pytest.raises(errors.PasscodeUnclear):
        circles.join_circle(simulation.circles, QIU, text)
    assert all_items(simulation) == []

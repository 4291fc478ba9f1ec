"""Passcodes: strength, expiry, uses, pasting; and the throttle on guesses."""

from __future__ import annotations

import math
import secrets
from dataclasses import replace

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import parse_passcode, spell_passcode
from services.circles.domain.guesses import ALARM_AT, network_of
from services.circles.domain.passcode import ALPHABET, SYMBOLS
from services.circles.repository import passcodes as repository
from services.shared.kernel.errors import KeyReused
from services.shared.messaging.stream import Change
from services.shared.security.keys import KeyRing
from services.shared.table.port import Item, Key
from simulation.memory import MemoryTable
from simulation.setup.common import issue, open_circle
from simulation.simulation import World, person, wish

LIN, MEI, QIU = person("lin"), person("mei"), person("qiu")
WRONG = "ABCD-EFGH-JKMN"


def guess(world: World, name: str = "qiu", ip: str = "203.0.113.7", code: str = WRONG) -> str:
    try:
        circles.join_circle(world.circles, person(name, ip=ip), code)
    except errors.PasscodeRejected:
        return "wrong"
    except errors.PasscodeLocked as locked:
        assert locked.retry_after
        return "locked"
    return "in"


def all_items(world: World) -> list[Item]:
    assert isinstance(world.circles_table, MemoryTable)
    return world.circles_table.all_items()


def test_c4_sixty_bits_of_an_alphabet_without_lookalikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert SYMBOLS * math.log2(len(ALPHABET)) >= 60


def test_c4_a_million_codes_without_a_collision() -> None:
    assert len({spell_passcode(secrets.token_bytes(8)) for _ in range(1_000_000)}) == 1_000_000


def test_c4_the_table_holds_no_passcode() -> None:
    world = World()
    code = issue(world, LIN, open_circle(world, LIN))
    dump = repr(all_items(world))
    assert code not in dump
    assert code.replace("-", "") not in dump


def test_c4_a_retry_is_shown_the_same_code_and_makes_no_second() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    key = wish(LIN, body={"max_uses": 5})
    life = repository.DAY
    first = circles.issue_passcode(world.circles, LIN, circle_id, key, life, 5)
    world.clock.advance(seconds=5)
    assert circles.issue_passcode(world.circles, LIN, circle_id, key, life, 5) == first
    other = replace(key, body_hash="another")
    with pytest.raises(KeyReused):
        circles.issue_passcode(world.circles, LIN, circle_id, other, life, 6)
    assert sum(item["pk"].startswith("PASSCODE#") for item in all_items(world)) == 1


def test_c5_expiry_is_honoured_although_the_row_is_still_there() -> None:
    world = World()
    code = issue(world, LIN, open_circle(world, LIN), hours=72)
    world.clock.advance(hours=72)
    assert guess(world, code=code) == "wrong"
    row = next(item for item in all_items(world) if item["pk"].startswith("PASSCODE#"))
    assert "expires_at" not in row  # no time-to-live: a code is never issued again


def test_c5_uses_are_counted_and_a_member_spends_none() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    code = issue(world, LIN, circle_id, max_uses=2)
    assert [guess(world, name, code=code) for name in ("a", "a", "b", "c", "a")] == ["in", "in", "in", "wrong", "in"]
    found, _ = circles.list_passcodes(world.circles, LIN, circle_id, 10, None)
    assert [(one.uses, one.max_uses) for one in found] == [(2, 2)]


def test_c5_a_revoked_code_opens_nothing_at_once() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    code = issue(world, LIN, circle_id)
    found, _ = circles.list_passcodes(world.circles, LIN, circle_id, 10, None)
    circles.revoke_passcode(world.circles, LIN, circle_id, found[0].id)
    assert guess(world, code=code) == "wrong"


def test_c5_a_code_of_another_circle_cannot_be_revoked_here() -> None:
    world = World()
    mine, other = open_circle(world, LIN), open_circle(world, MEI)
    issue(world, MEI, other)
    found, _ = circles.list_passcodes(world.circles, MEI, other, 10, None)
    with pytest.raises(errors.PasscodeNotFound):
        circles.revoke_passcode(world.circles, LIN, mine, found[0].id)


def test_c5_a_code_outlives_a_rotation_of_the_key() -> None:
    world = World()
    code = issue(world, LIN, open_circle(world, LIN))
    rotated = KeyRing("k2", {"k1": b"0" * 32, "k2": b"1" * 32})
    ports = replace(world.circles, passcode_keys=rotated)
    assert circles.join_circle(ports, MEI, code).is_in


def test_c7_five_wrong_lock_the_account_and_then_a_right_code_is_refused_too() -> None:
    world = World()
    code = issue(world, LIN, open_circle(world, LIN))
    assert [guess(world) for _ in range(7)] == ["wrong"] * 5 + ["locked"] * 2
    assert guess(world, code=code) == "locked"
    world.clock.advance(minutes=29)
    assert guess(world, code=code) == "locked"
    world.clock.advance(minutes=2)
    assert guess(world, code=code) == "in"


def test_c7_a_success_does_not_reset_the_counter_and_is_no_guess() -> None:
    world = World()
    codes = [issue(world, LIN, open_circle(world, LIN)) for _ in range(8)]
    assert [guess(world, code=code) for code in codes] == ["in"] * 8
    assert [guess(world) for _ in range(4)] == ["wrong"] * 4
    assert guess(world, code=issue(world, LIN, open_circle(world, LIN))) == "in"
    assert [guess(world), guess(world)] == ["wrong", "locked"]


def test_c7_attempts_slide_out_of_the_window_one_by_one() -> None:
    world = World()
    for _ in range(4):
        assert guess(world) == "wrong"
        world.clock.advance(minutes=3)
    assert [guess(world), guess(world)] == ["wrong", "wrong"]
    assert guess(world) == "locked"


def test_c7_the_attempt_is_written_before_the_code_is_looked_up() -> None:
    world = World()
    issue(world, LIN, open_circle(world, LIN))
    calls: list[str] = []
    table = world.circles_table

    class Watched:
        def __getattr__(self, name: str) -> object:
            def call(first: object, *rest: object, **more: object) -> object:
                calls.append(f"{name} {getattr(first, 'pk', None) or first['pk']}")  # type: ignore[index]
                return getattr(table, name)(first, *rest, **more)

            return call

    world.circles_table = Watched()  # type: ignore[assignment]
    guess(world)
    reserved = next(place for place, call in enumerate(calls) if call.startswith("put GUESSER#"))
    looked_up = next(place for place, call in enumerate(calls) if "PASSCODE#" in call)
    assert reserved < looked_up


def test_c7_a_network_over_its_limit_refuses_only_who_guessed_wrong() -> None:
    world = World()
    code = issue(world, LIN, open_circle(world, LIN), max_uses=1000)
    for name in range(200):
        assert guess(world, f"bot-{name}", ip=f"198.51.100.{name}") == "wrong"
    assert guess(world, "bot-1", ip="198.51.100.77") == "locked"
    assert guess(world, "innocent", ip="198.51.100.78", code=code) == "in"
    assert guess(world, "bot-2", ip="203.0.113.9") == "wrong"


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


def stream_of(table: MemoryTable, start: int = 0) -> list[Change]:
    images = [(old, new, new or old or {}) for old, new in table.stream[start:]]
    return [Change(f"{number:020}", Key.of(image), old, new) for number, (old, new, image) in enumerate(images, start)]


def test_c7_a_thousand_wrong_from_a_thousand_accounts_raise_one_alarm() -> None:
    world = World()
    assert isinstance(world.circles_table, MemoryTable)
    for number in range(ALARM_AT):
        guess(world, f"bot-{number}", ip=f"10.{number % 100}.{number // 100}.1")
    changes = stream_of(world.circles_table)
    for group in (changes[at : at + 50] for at in range(0, len(changes), 50)):
        circles.handle_changes(world.circles, group)
        circles.handle_changes(world.circles, group)  # the stream comes twice
    alarms = [item for item in all_items(world) if item["pk"] == "ALARM"]
    assert [item["wrong"] for item in alarms] == [ALARM_AT]
    assert alarms[0]["outbox"].startswith("GuessingAlarmRaised:")


DIRTY = [
    "{code}",
    "{lower}",
    "{packed}",
    "{spaced}",
    "  {code}  ",
    "口令:{code}",
    "口令：{code}。",
    "【{code}】",
    "“{code}”",
    "{wide}",
    "快来！{code} 一起看鸟",
    "复制 {lower} 打开",
    "{code}\n",
    "passcode = {code};",
    "{dotted}",
    "{underscored}",
    "{packed}。",
    "（{lower}）",
    "{letters}",
    "{tabbed}",
]


@pytest.mark.parametrize("shape", DIRTY)
def test_c8_dirty_variants_of_one_code_all_redeem(shape: str) -> None:
    code = "0A1B-2C3D-4E5F"
    text = shape.format(
        code=code,
        lower=code.lower(),
        packed=code.replace("-", ""),
        spaced=code.replace("-", " "),
        wide="".join(chr(ord(symbol) + 0xFEE0) for symbol in code),
        dotted=code.replace("-", "."),
        underscored=code.replace("-", "_"),
        letters="OAlB-2C3D-4E5F",
        tabbed=code.replace("-", "\t"),
    )
    assert parse_passcode(text) == "0A1B2C3D4E5F"


@pytest.mark.parametrize("around", ["join {}", "{} code", "join {} soon", "Will: {}"])
def test_c8_a_word_of_four_letters_beside_a_spaced_code_is_no_part_of_it(around: str) -> None:
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
def test_c8_two_codes_or_none_are_refused_without_a_guess(text: str) -> None:
    world = World()
    with pytest.raises(errors.PasscodeUnclear):
        circles.join_circle(world.circles, QIU, text)
    assert all_items(world) == []

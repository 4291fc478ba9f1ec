"""C3, C4: what looks like a passcode is decided by its form alone, so that a teaser reveals none."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.circles import errors
from services.circles.domain import format_passcode
from services.circles.domain.passcode import share_texts
from services.shared.kernel.pasted_text import has_passcode_form
from simulation.memory import MemoryTable
from simulation.setup.circles import create_circle, issue_passcode, set_teaser
from simulation.simulation import Simulation
from simulation.users import caller

LIN, MEI = caller("lin"), caller("mei")
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
ENTROPY = st.binary(min_size=8, max_size=8)

ORDINARY = [
    "城市里看得到的野鸟，周末一起去江边。",
    "come bird with some nice folk",
    "a photographer with a relationship to birds",
    "Meet here 2024, best team ever",
    "2024 Best Team",
    "t12 t15 t17 t19 t20",
    "the f18 was bad and the F22 was hot",
    "with 85mm lens and 35mm film",
    "客服电话 0755-1234-5678，或 400-820-8820",
    "手机 138-1234-5678，13812345678",
    "快递 123456789012 已签收，订单 2024 0801 1200",
    "下单号 202408011200",
    "ISBN 978-7-100-12345-6",
    "2024-08-01 12:00",
    "2024.0801.1200",
    "https://www.bilibili.com/video/BV1GJ411x7h7",
    "conversation, architecture, Photography",
    "ß" * 40,
    "book club meet Will Join",
]
LIKE_A_PASSCODE = [
    "7KQ2-M0XV-9TRC",
    "7kq2-m0xv-9trc",
    "ABCD-EFGH-JKMN",
    "abcd.efgh.jkmn",
    "7KQ2 M0XV 9TRC",
    "７ＫＱ２－Ｍ０ＸＶ－９ＴＲＣ",
    "7KQ2M0XV9TRC",
    "7kq2m0xv9trc",
    "7KQ2-MOXV-9TRC",  # O for 0
    "ß" * 30 + " 7KQ2M0XV9TRC",
    "来吧：7KQ2—M0XV—9TRC！",
    "join 7KQ2 M0XV 9TRC soon",
    "7KQ2\nM0XV\n9TRC",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_c4_ordinary_text_does_not_look_like_a_passcode(text: str) -> None:
    assert not has_passcode_form(text)


@pytest.mark.parametrize("text", LIKE_A_PASSCODE)
def test_c4_a_passcode_is_recognised_by_its_form(text: str) -> None:
    assert has_passcode_form(text)


@given(ENTROPY)
def test_c4_an_issued_passcode_is_recognised_in_the_texts_to_share_it(entropy: bytes) -> None:
    passcode = format_passcode(entropy)
    is_number = passcode.replace("-", "").isdigit()  # 1 in a million, and as likely a phone number
    for text in (*share_texts(passcode, NOW).values(), passcode.lower(), passcode.replace("-", "·")):
        assert has_passcode_form(text) is not is_number


def test_c4_of_the_passcodes_without_hyphens_98_percent_are_recognised() -> None:
    passcodes = [format_passcode(secrets.token_bytes(8)) for _ in range(5000)]
    for separator in (" ", ""):
        recognised = sum(has_passcode_form(passcode.replace("-", separator)) for passcode in passcodes)
        assert 0.98 < recognised / len(passcodes) < 0.995


def test_c3_a_teaser_looks_no_passcode_up() -> None:
    simulation = Simulation()
    own, other = create_circle(simulation, LIN), create_circle(simulation, MEI)
    assert isinstance(simulation.circles_table, MemoryTable)
    for passcode in (issue_passcode(simulation, MEI, other), issue_passcode(simulation, LIN, own), "7KQ2-M0XV-9TRC"):
        with pytest.raises(errors.TeaserInvalid) as error:
            set_teaser(simulation, LIN, own, f"来看鸟 {passcode}", ("观鸟",))
        assert error.value.facts == {}
    set_teaser(simulation, LIN, own, "来看鸟", ("观鸟",))

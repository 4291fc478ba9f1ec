"""C29: which names of circles look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.kernel.names.skeleton import skeleton_of

ALIKE = (
    ("城市观鸟圈", "城市觀鳥圈", "城市 观鸟 圈", "「城市·观鸟」圈", "城市观鸟圈🐦", "城市观鸟圈！"),
    ("Birds", "birds", "ＢＩＲＤＳ", "Ｂirds", "B i r d s", "Ьirds", "bırds", "вirds", "b1rds", "blrds", "ｂ１ｒｄｓ", "Bírds"),
    ("GTA 车友", "gta车友", "ＧＴＡ車友", "G.T.A-车友", "GТА车友"),
    ("Morning Run", "mornlng run", "M0rning Run", "Moming Run", "M o r n i n g R u n"),
    ("Wave 冲浪", "vvave冲浪", "Ԝave冲浪"),
    ("iOS 10", "IOS IO", "lOS lO", "|OS 1O"),
    ("🐦🐦", "🐦 🐦"),
    ("麻辣烫", "蔴辣燙"),
)
DIFFERENT = [
    "城市观鸟圈",
    "城市观鸟",
    "城市赏鸟圈",
    "观鸟城市圈",
    "上海观鸟圈",
    "Birds",
    "Bird",
    "80后",
    "90后",
    "PS4",
    "PS5",
    "🐦🐦",
    "🐦",
    "🐧",
    "あかり",
    "アカリ",
    "か",
    "が",
    "Иван",
    "C语言",
    "D语言",
]


@pytest.mark.parametrize("names", ALIKE, ids=lambda names: names[0])
def test_c29_names_that_look_alike_have_one_skeleton(names: tuple[str, ...]) -> None:
    assert {name: skeleton_of(name) for name in names} == dict.fromkeys(names, skeleton_of(names[0]))


def test_c29_other_names_have_other_skeletons() -> None:
    assert len({skeleton_of(name) for name in DIFFERENT}) == len(DIFFERENT)


@given(st.text(min_size=1))
def test_c29_a_visible_name_has_a_skeleton_without_blanks_and_capitals(name: str) -> None:
    skeleton = skeleton_of(name)
    assert not any(map(str.isspace, skeleton))
    assert not any("A" <= character <= "Z" for character in skeleton)
    assert skeleton == skeleton_of(f" {name} ")

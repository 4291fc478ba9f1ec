"""C15, C17: names and queries pass one normalization, so every usual spelling finds the tag, and pages are stable."""

from __future__ import annotations

import pytest

from services.circles import usecases as circles
from services.circles.taxonomy import normalize_for_search, taxonomy
from services.shared.kernel.pages import PageRequest
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.cpu import cpu_at_most

LIN = caller("lin")
FOUND = {
    "babywearing": "嬰兒揹帶 婴儿揹带 婴儿背带 揹带",
    "incense": "線香薰香 線香熏香 线香薰香 xianxiangxunxiang",
    "vintage-clothing": "古著 古着 guzhuo gǔzhuó",
    "long-exposure": "长曝光 長曝光 changbaoguang changpuguang chángbàoguāng",
    "longboarding": "长板 changban",
    "multiple-exposure": "多重曝光 duochongbaoguang",
    "fingerstyle-guitar": "指弹吉他 zhitanjita",
    "soul-music": "灵魂乐 linghunyue",
    "chamber-music": "室内乐 shineiyue",
    "mixology": "调酒 tiaojiu",
    "single-parenting": "单亲家庭 danqinjiating",
    "green-tea": "lvcha lucha lyucha lücha lǜchá LǛCHÁ lv4cha2 lu4cha2 lü4cha2 lu:4cha2 lv-cha",
    "birdwatching": "观鸟 觀鳥 观·鸟 #观鸟 ＃觀鳥 guanniao guānniǎo guān-niǎo guan1niao3 guan'niao guan’niao ɡuɑnniao",
    "pokemon": "Pokémon pokemon POKÉMON",
    "c-and-c-plus-plus": "C++ c++ Ｃ＋＋",
    "cantonese-cuisine": "粤菜 粵菜 yuecai",
    "tibetan-butter-tea": "zangshisuyoucha",
}


def search(text: str, category: str = "") -> list[str]:
    page = circles.search_tags(Simulation().circles, text, category, PageRequest(100))
    return [tag.slug for tag in page.items]


@pytest.mark.parametrize(("slug", "texts"), FOUND.items(), ids=FOUND)
def test_c15_every_usual_spelling_finds_the_tag(slug: str, texts: str) -> None:
    for text in texts.split():
        assert slug in search(text), text


@pytest.mark.parametrize("text", ["guān niǎo", " guan niao ", "guan1 niao3", "觀 鳥", "Bird Watching", "bird-watching"])
def test_c15_blanks_and_hyphens_change_nothing(text: str) -> None:
    assert search(text)[0] == "birdwatching"


@pytest.mark.parametrize("character", ["鱼", "魚", "茶", "鸟", "画", "車"])
def test_c15_one_character_finds_every_tag_that_contains_it(character: str) -> None:
    simplified = normalize_for_search(character)
    tags = taxonomy().tags
    expected = {slug for slug, tag in tags.items() if any(simplified in normalize_for_search(name) for name in tag.names)}
    assert set(all_pages(character, 7)) == expected
    assert len(expected) > 10


def all_pages(text: str, limit: int) -> list[str]:
    ports, found, start = Simulation().circles, [], None
    while True:
        page, start = circles.search_tags(ports, text, "", PageRequest(limit, start))
        found += [tag.slug for tag in page]
        if start is None:
            return found


@pytest.mark.parametrize("text", ["茶", "a", "摄影", "yu", ""])
def test_c15_whole_names_are_first_then_beginnings_and_pages_are_stable(text: str) -> None:
    ranked = list(taxonomy().search(text))
    assert [rank for rank, _ in ranked] == sorted(rank for rank, _ in ranked)
    whole = [tag.slug for _, tag in ranked]
    assert len(whole) == len(set(whole)) > 20
    assert all_pages(text, 37) == whole == all_pages(text, 100)


def test_c15_a_whole_name_is_before_longer_ones() -> None:
    assert search("瑜伽")[0] in {tag.slug for tag in taxonomy().tags.values() if "瑜伽" in tag.names}
    for tag in list(taxonomy().tags.values())[::50]:
        assert next(taxonomy().search(tag.zh)) == (0, tag)


@pytest.mark.parametrize("text", ["xyzzy", "！", "不存在的标签", "\U0001f600", "9" * 40, "é" * 40])
def test_c15_what_no_tag_has_finds_nothing(text: str) -> None:
    assert search(text) == []


@pytest.mark.parametrize("text", ["a", "观鸟", "", "1", "茶", "guan1niao3", "ﷺ" * 40])
def test_c15_a_search_takes_a_few_milliseconds(text: str) -> None:
    ports = Simulation().circles
    circles.search_tags(ports, text, "", PageRequest(20))
    with cpu_at_most(loops=8):  # about 5 ms for each of the 5
        for _ in range(5):
            circles.search_tags(ports, text, "", PageRequest(20))


@pytest.mark.parametrize("name", ["觀鳥", "＃观鸟", "Bird-Watching", "嬰兒揹帶", "古著", "Pokémon"])
def test_c15_notes_are_tagged_by_every_spelling_of_a_name(name: str) -> None:
    (slug,) = taxonomy().slugs([name])
    assert slug in ("birdwatching", "babywearing", "vintage-clothing", "pokemon")


def test_c15_notes_are_not_tagged_by_pinyin() -> None:
    assert taxonomy().find_by_name("guanniao") is None


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("古著店裡的線香薰香", "古着店里的线香熏香"),
        ("我家在上海东边。", "上海"),
        ("Café, no sugar", "cafe no"),
        ("嬰兒揹帶", "揹帶"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_c17_a_highlight_is_found_by_the_same_normalization(written: str, sought: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    note = post_note(simulation, circle_id, LIN, written)
    circles.highlight_note(simulation.circles, LIN, circle_id, note.id)
    handle_new_changes(simulation, "circles")
    found = circles.list_highlights(simulation.circles, LIN, circle_id, sought, PageRequest(10))
    assert [view.note.id for view in found.items] == [note.id]

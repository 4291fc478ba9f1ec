"""The guardrails of the owner's commerce in notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from services.circles import usecases as circles
from services.circles.settings import settings
from services.circles.usecases.guardrails import guardrail_limits
from services.shared.kernel.errors import GuardrailReached
from services.shared.security.guardrails import ProductDisclosure
from services.shared.table.guardrails import load_guardrails
from simulation.settings import overridden
from simulation.streams import all_changes, handle_changes
from simulation.users import new_key
from tests.support.guarded_circle import HAO, LIN, MEI, PASSED, SECOND, YAN, GuardedCircle, rules, run_at_once

DENSITY, OWN = "density", "own_products"


@pytest.fixture
def circle() -> Iterator[GuardedCircle]:
    with overridden(settings, max_commercial_percent=10, max_own_percent=100):
        yield GuardedCircle()


def test_m18_the_tenth_post_can_be_commercial_and_the_ninth_cannot(circle: GuardedCircle) -> None:
    circle.post_ordinary(8)
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.post_ordinary(1)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY


def test_m18_the_error_says_which_rule_what_is_missing_and_when_it_frees(circle: GuardedCircle) -> None:
    with overridden(settings, max_commercial_percent=100):
        circle.post(LIN, "看看", circle.others)
    circle.simulation.clock.advance(days=1)
    circle.post_ordinary(9)
    with pytest.raises(GuardrailReached) as denied:
        circle.post(LIN, "看看", circle.others)
    frees_at = denied.value.facts["frees_at"]
    assert denied.value.facts == {"rule": DENSITY, "limit": 10, "missing": 9, "frees_at": frees_at}
    circle.simulation.clock.now = datetime.fromisoformat(frees_at) - timedelta(seconds=1)
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.simulation.clock.advance(seconds=2)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED


def test_m18_a_limit_that_no_time_frees_says_so(circle: GuardedCircle) -> None:
    circle.post_ordinary(2)
    with pytest.raises(GuardrailReached) as denied:
        circle.post(LIN, "看看", circle.others)
    assert denied.value.facts == {"rule": DENSITY, "limit": 10, "missing": 7, "frees_at": None}


def test_m18_the_window_is_7_days_of_the_calendar_in_china(circle: GuardedCircle) -> None:
    circle.post_ordinary(9)
    circle.simulation.clock.advance(days=6)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED
    later = GuardedCircle()
    later.post_ordinary(9)
    later.simulation.clock.advance(days=7)
    assert later.result(later.post, LIN, "看看", later.others) == DENSITY


@pytest.mark.parametrize("author", [MEI, SECOND], ids=["co-owner", "second account"])
def test_m18_co_owners_and_second_accounts_count_together(circle: GuardedCircle, author: object) -> None:
    circle.post_ordinary(9)
    circle.post(LIN, "看看", circle.others)
    assert circle.result(circle.post, author, "看看", circle.others) == DENSITY


def test_m18_ordinary_notes_of_a_second_account_permit_nothing(circle: GuardedCircle) -> None:
    circle.post_ordinary(20, SECOND)
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.post_ordinary(9, MEI)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED


def test_m18_members_are_not_limited(circle: GuardedCircle) -> None:
    assert [circle.result(circle.post, HAO, "看看", circle.others) for _ in range(3)] == [PASSED] * 3
    assert circle.result(circle.post, YAN, "圈主的东西", circle.own) == PASSED


def test_m18_fifty_parallel_posts_of_three_users_pass_no_more_than_the_limit(circle: GuardedCircle) -> None:
    circle.post_ordinary(27)
    authors = [LIN, MEI, SECOND] * 17
    calls = [lambda author=author: circle.post_now(author, "看看", circle.others) for author in authors[:50]]
    assert sorted(rules(run_at_once(*calls))) == [DENSITY] * 47 + [PASSED] * 3
    usage = load_guardrails(circle.simulation.circles_table, circle.id).entity
    assert [count.commercial for count in usage.days.values()] == [3]


def test_m18_fifty_parallel_edits_into_ads_pass_no_more_than_the_limit(circle: GuardedCircle) -> None:
    notes = circle.post_ordinary(39) + circle.post_ordinary(11, MEI)
    edits = [
        lambda note=note: circle.edit(note, f"看 {circle.others}", LIN if note.author == LIN.user_id else MEI) for note in notes
    ]
    # Of 50 notes 5 can be commercial, those included that an edit makes so.
    assert sorted(rules(run_at_once(*edits))) == [DENSITY] * 45 + [PASSED] * 5


@pytest.mark.parametrize(
    "disguise",
    [
        lambda listing: f"看 {listing}",
        lambda listing: f"https://coterie.example/circles/x/listings/{listing}?from=note",
        str.lower,
        " ".join,
        lambda listing: "".join(chr(ord(sign) + 0xFEE0) for sign in listing),
        "\u200b".join,
        lambda listing: "看 m.tb.cn/h.5abc",
        lambda listing: "店铺：shop123 . taobao 。com",
    ],
    ids=["id", "link", "lower case", "spaces", "full width", "zero width", "short address", "shop"],
)
def test_m18_a_product_as_text_is_a_commercial_note(circle: GuardedCircle, disguise: object) -> None:
    text = disguise(circle.others)  # type: ignore[operator]
    assert circle.result(circle.post, LIN, text) == DENSITY
    note = circle.post_ordinary(9)[0]
    assert circle.result(circle.edit, note, text) == DENSITY
    circle.post_ordinary(1)
    assert circle.result(circle.edit, note, text) == PASSED
    assert circle.result(circle.post, LIN, text) == DENSITY


@pytest.mark.parametrize(
    "text", ["taobao 上没有", "京东 8 点", "lst_01 号", "jd.community", "看 cir_01KJY2E1KX7BMZ758QWDX6V9QC"]
)
def test_m18_other_texts_are_ordinary(circle: GuardedCircle, text: str) -> None:
    assert circle.post(LIN, text).disclosure is None


def test_m18_deletions_reset_nothing(circle: GuardedCircle) -> None:
    notes = circle.post_ordinary(9)
    ad = circle.post(LIN, "看看", circle.others)
    circle.delete(ad)
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.post_ordinary(9)
    circle.delete(notes[0])
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.post_ordinary(1)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED


def test_m18_an_edited_ad_stays_one_and_is_counted_once(circle: GuardedCircle) -> None:
    note = circle.post_ordinary(10)[0]
    ad = circle.edit(note, f"看 {circle.others}")
    plain = circle.edit(ad, "只是苇莺")
    assert plain.disclosure is ProductDisclosure.COMMISSION
    circle.edit(plain, f"再看 {circle.others}")
    circle.follow()
    usage = load_guardrails(circle.simulation.circles_table, circle.id).entity.usage(
        circle.simulation.clock().date(), guardrail_limits()
    )
    assert (usage.commercial, usage.ordinary, usage.cards) == (1, 9, 2)


def test_m18_a_draft_is_judged_when_it_is_published(circle: GuardedCircle) -> None:
    ports, content = circle.simulation.circles, circles.NoteInput("看看", listing_ids=(circle.others,))
    draft = circles.create_draft(ports, LIN, circle.id, new_key(LIN), content)
    assert circle.result(circles.publish_draft, ports, LIN, circle.id, draft.id) == DENSITY
    circle.post_ordinary(9)
    assert circles.publish_draft(ports, LIN, circle.id, draft.id).note.disclosure is ProductDisclosure.COMMISSION
    assert circles.publish_draft(ports, LIN, circle.id, draft.id).note.disclosure is ProductDisclosure.COMMISSION  # a retry
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY


def test_m18_own_products_are_at_most_3_of_10_cards() -> None:
    with overridden(settings, max_commercial_percent=100, max_own_percent=30):
        circle = GuardedCircle()
        products = [circle.list_product(HAO) for _ in range(3)]
        circle.post(LIN, "看看", *products[:2])
        assert circle.result(circle.post, LIN, "自己的", circle.own) == OWN  # 1 of 3
        circle.post(LIN, "看看", products[2])
        assert circle.result(circle.post, LIN, "自己的", circle.own) == PASSED  # 1 of 4
        assert circle.result(circle.post, MEI, "圈主的", circle.own) == OWN
        assert circle.result(circle.post, LIN, "小号的", circle.by_second) == OWN
        assert circle.result(circle.post, LIN, "别处的 weidian.com") == OWN


def test_m18_own_products_in_fifty_parallel_posts() -> None:
    with overridden(settings, max_commercial_percent=100, max_own_percent=30):
        circle = GuardedCircle()
        for _ in range(7):
            circle.post(LIN, "看看", circle.others)
        calls = [lambda author=author: circle.post_now(author, "自己的", circle.own) for author in [LIN, MEI] * 25]
        assert sorted(rules(run_at_once(*calls))) == [OWN] * 47 + [PASSED] * 3


def test_m18_the_server_sets_the_disclosure(circle: GuardedCircle) -> None:
    circle.post_ordinary(36)
    assert circle.post(LIN, "看看", circle.others).disclosure is ProductDisclosure.COMMISSION
    assert circle.post(LIN, "看看", circle.own).disclosure is ProductDisclosure.OWN_PRODUCT
    assert circle.post(HAO, "我的", circle.others).disclosure is ProductDisclosure.OWN_PRODUCT
    assert circle.post(YAN, "好用", circle.others).disclosure is ProductDisclosure.PRODUCT
    assert circle.post(YAN, "苇莺").disclosure is None


def test_m18_repeated_and_late_records_of_the_stream_count_once(circle: GuardedCircle) -> None:
    notes = circle.post_ordinary(9)
    circle.delete(notes[0])
    ports = circle.simulation.circles
    changes = all_changes(circle.simulation, "circles")
    for change in [*changes, *changes]:
        if change.key.sk.startswith("NOTE#"):
            handle_changes("circles", ports, [change])
    assert circle.result(circle.post, LIN, "看看", circle.others) == DENSITY
    circle.post_ordinary(1)
    assert circle.result(circle.post, LIN, "看看", circle.others) == PASSED


def test_m18_a_retry_of_a_counted_note_returns_it(circle: GuardedCircle) -> None:
    circle.post_ordinary(9)
    key, content = new_key(LIN, now=circle.simulation.clock.now), circles.NoteInput("看看", listing_ids=(circle.others,))
    ports = circle.simulation.circles
    first = circles.post_note(ports, LIN, circle.id, key, content).note
    circle.simulation.clock.advance(seconds=5)
    assert circles.post_note(ports, LIN, circle.id, key, content).note.id == first.id
    assert circle.simulation.clock() - first.created_at < timedelta(minutes=1)

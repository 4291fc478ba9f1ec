"""Opened cards: what is counted, and what is ignored with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain.touch import IgnoredReason
from services.commerce.errors import CircleNotFound
from services.commerce.repository.touches import TOUCHES_OF_BUYERS, touches_key
from services.commerce.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import new_id
from services.shared.security.card_tokens import CardSource, CardToken, SourceKind, reader_of, verify_token
from services.shared.security.keys import KeyRing
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI
from simulation.users import RING, caller
from tests.support.races import race
from tests.usecases.commerce.touching import OF_MESSAGE, OF_NOTE, TouchedShop

R = IgnoredReason
YAN = caller("yan")


@pytest.fixture
def shop() -> TouchedShop:
    return TouchedShop()


def stored(shop: TouchedShop) -> int:
    found = TOUCHES_OF_BUYERS.find(shop.simulation.commerce_table, touches_key(HAO.user_id, shop.listing.id))
    return len(found.touches) if found else 0


def test_m15_a_stolen_token_is_worthless_for_another_user(shop: TouchedShop) -> None:
    token = shop.card(reader=YAN)
    assert shop.open(token) == [R.NOT_OWN]
    assert shop.open(token, reader=YAN) == [None]
    assert stored(shop) == 0


def test_m15_a_token_is_forged_if_one_character_differs(shop: TouchedShop) -> None:
    token = shop.card()
    others = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, len(token), 9)]
    for start in range(0, len(others), 10):
        assert set(shop.open(*others[start : start + 10])) == {R.FORGED}
    unknown = [token[:56], token[56:], "A" * 132, "A", f"{token}AAAA", token[:-4]]
    assert set(shop.open(*unknown)) == {R.FORGED}
    other_key = KeyRing("k1", {"k1": b"9" * 32})
    signed_by_other = CardToken(shop.circle_id, shop.listing.id, reader_of(HAO.user_id), OF_NOTE, shop.simulation.clock())
    assert shop.open(signed_by_other.sign(other_key).text) == [R.FORGED]
    assert stored(shop) == 0


def test_m15_tokens_of_an_older_key_still_count(shop: TouchedShop) -> None:
    token = shop.card()
    rotated = replace(shop.ports, attribution_keys=KeyRing("k2", {"k1": RING.newest, "k2": b"2" * 32}))
    shop.simulation.clock.advance(seconds=2)
    assert [card.ignored for card in commerce.add_touches(rotated, HAO, shop.circle_id, [token])] == [None]


def test_m15_a_token_counts_once_and_its_first_time_stays(shop: TouchedShop) -> None:
    token = shop.card()
    assert shop.open(token, token) == [None, R.REPEATED]
    shop.simulation.clock.advance(hours=23)
    assert shop.open(token) == [R.REPEATED]
    assert stored(shop) == 1


def test_m15_a_card_opened_at_once_is_a_program_and_one_opened_too_late_is_expired(shop: TouchedShop) -> None:
    token = shop.card()
    assert [card.ignored for card in commerce.add_touches(shop.ports, HAO, shop.circle_id, [token])] == [R.TOO_SOON]
    assert shop.open(token) == [None]
    late = shop.card(OF_MESSAGE)
    shop.simulation.clock.advance(days=1)
    assert shop.open(late) == [R.EXPIRED]


def test_m15_a_token_of_another_circle_is_ignored(shop: TouchedShop) -> None:
    assert shop.open(shop.card(circle_id=new_id("cir"))) == [R.OTHER_CIRCLE]


def test_m15_own_content_is_ignored_also_of_another_user_of_the_identity(shop: TouchedShop) -> None:
    of_hao, of_yan = (replace(OF_NOTE, author_id=user.user_id) for user in (HAO, YAN))
    assert shop.open(shop.card(of_hao), shop.card(of_yan)) == [R.OWN_CONTENT, None]
    for user in (HAO, YAN):
        shop.set_identity(user, "one person")
    assert shop.open(shop.card(of_yan), shop.card()) == [R.OWN_CONTENT, None]


def test_m15_a_program_with_many_cards_gets_8_a_day(shop: TouchedShop) -> None:
    found: list[IgnoredReason | None] = []
    for number in range(12):
        source = CardSource(SourceKind.MESSAGE, OF_MESSAGE.id, number + 1, LIN.user_id)
        found += shop.open(shop.card(source))
    assert found == [None] * 8 + [R.TOO_MANY] * 4
    shop.simulation.clock.advance(days=1)
    assert shop.open(shop.card()) == [None]
    assert stored(shop) == 8


def test_m15_no_token_counts_twice_however_touches_and_replays_alternate(shop: TouchedShop) -> None:
    tokens: list[str] = []
    counted = 0
    with overridden(settings, max_touches=2):
        for _ in range(30):
            tokens.append(shop.card())
            shop.simulation.clock.advance(hours=5)
            counted += sum(reason is None for token in tokens for reason in shop.open(token))
    assert counted <= len(tokens)
    assert counted >= 12  # one each half of a day


def test_m15_strangers_and_former_members_touch_nothing(shop: TouchedShop) -> None:
    stranger = caller("stranger")
    with pytest.raises(CircleNotFound):
        shop.open(shop.card(reader=stranger), reader=stranger)
    token = shop.card()
    shop.set_member(HAO, state="left")
    with pytest.raises(CircleNotFound):
        shop.open(token)


def test_m15_touching_has_a_rate(shop: TouchedShop) -> None:
    with overridden(settings, touch_burst=2, touch_interval=timedelta(hours=1)):
        for _ in range(2):
            shop.open("A" * 132)
        with pytest.raises(RateLimitReached):
            shop.open(shop.card())


def test_m15_50_touches_at_once_are_all_decided_and_at_most_8_stored(shop: TouchedShop) -> None:
    """Each user has one item per listing, so the version decides; with the table in memory the race is exact."""
    sources = [CardSource(SourceKind.MESSAGE, OF_MESSAGE.id, number + 1, LIN.user_id) for number in range(10)]
    tokens = [shop.card(source) for source in sources] * 2
    shop.simulation.clock.advance(seconds=2)
    with overridden(settings, touch_burst=100):
        opened: list[Any] = race([partial(commerce.add_touches, shop.ports, HAO, shop.circle_id, [token]) for token in tokens])
    results = [cards[0].ignored for cards in opened]
    assert results.count(None) == stored(shop) == 8
    assert {reason for reason in results if reason} == {R.REPEATED, R.TOO_MANY}


@pytest.mark.parametrize("author", [LIN.user_id, LIN.user_id.upper(), "auth0|5f7c8ec7", "x" * 128, "a"])
@pytest.mark.parametrize("kind", list(SourceKind))
def test_m15_a_token_contains_what_was_signed(shop: TouchedShop, author: str, kind: SourceKind) -> None:
    prefix = {SourceKind.NOTE: "note", SourceKind.MESSAGE: "rom"}[kind]
    source = CardSource(kind, new_id(prefix), 2**31, author)
    at = shop.simulation.clock()
    token = CardToken(shop.circle_id, shop.listing.id, reader_of(MEI.user_id), source, at).sign(RING)
    assert verify_token(RING, token.text) == token
    assert (verify_token(RING, token.text) or token).source == source
    assert len(token.text) <= 300
    assert len(token.text) == 132 or author != LIN.user_id

"""The table of docs/guardrails.md, as it is measured: what passes and what is denied, alone, in a race and after each trick."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from services.circles.settings import settings
from simulation.settings import overridden
from tests.support.guarded_circle import LIN, MEI, PASSED, SECOND, GuardedCircle, rules, run_at_once

PAGE = Path(__file__).parents[3] / "docs" / "guardrails.md"
Prepare = Callable[[GuardedCircle], Any]
Post = Callable[[GuardedCircle, Any], Any]


def _ordinary(circle: GuardedCircle) -> None:
    circle.post_ordinary(9)


def _cards_of_others(circle: GuardedCircle) -> None:
    for _ in range(3):
        circle.post(LIN, "看看", circle.others)


def _post_others(circle: GuardedCircle, author: Any) -> Any:
    return circle.post_now(author, "看看", circle.others)


def _post_own(circle: GuardedCircle, author: Any) -> Any:
    return circle.post_now(author, "自己的", circle.own)


RULES: dict[str, tuple[dict[str, int], Prepare, Post, str]] = {
    "density": ({"max_commercial_percent": 10, "max_own_percent": 100}, _ordinary, _post_others, "others"),
    "own products": ({"max_commercial_percent": 100, "max_own_percent": 30}, _cards_of_others, _post_own, "own"),
}


def _prepared(prepare: Prepare) -> GuardedCircle:
    circle = GuardedCircle()
    prepare(circle)
    return circle


def _shown(result: str) -> str:
    return "passes" if result == PASSED else "denied"


def _row(name: str) -> str:
    limits, prepare, post, product = RULES[name]
    with overridden(settings, **limits):
        circle = _prepared(prepare)
        raced = rules(run_at_once(*[partial(post, circle, author) for author in [LIN, MEI, SECOND] * 16 + [LIN, MEI]]))
        circle = _prepared(prepare)
        first, second = (_shown(circle.result(post, circle, LIN)) for _ in range(2))
        others = [_shown(circle.result(post, circle, author)) for author in (MEI, SECOND)]
        note = circle.post(LIN, "苇莺")
        listing = getattr(circle, product)
        tricks = [
            _shown(circle.result(circle.edit, note, f"看 {listing}")),
            _shown(circle.result(circle.post, LIN, f"https://x.example/{listing}")),
            _shown(circle.result(circle.post_pictures, LIN, circle.upload_code(f"https://x.example/{listing}"))),
        ]
        circle = _prepared(prepare)
        circle.delete(post(circle, LIN))
        tricks.append(_shown(circle.result(post, circle, LIN)))
    passed = f"{raced.count(PASSED)} of 50"
    return f"| {' | '.join([name, first, second, passed, *others, *tricks])} |"


def test_m18_the_page_has_the_measured_table() -> None:
    rows = [_row(name) for name in RULES]
    print("\n".join(rows))
    page = PAGE.read_text(encoding="utf-8")
    assert [row for row in rows if row not in page] == []

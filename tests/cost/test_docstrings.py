"""The docstring of each measured use case states the cost that the bench measures."""

from __future__ import annotations

import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import FrameType
from typing import Any

import pytest

from bench.actions import ACTIONS
from bench.dataset import BenchDataset
from bench.measure import Action, Measured, measure

SIZE = 20  # a page


def measured_use_case(action: Action) -> tuple[Callable[..., Any] | None, Measured]:
    """Return the use case that the action calls first, and its cost. None if it calls no use case."""
    called: list[Callable[..., Any]] = []

    def run(dataset: BenchDataset) -> Any:
        sys.setprofile(record)
        try:
            return action.run(dataset)
        finally:
            sys.setprofile(None)

    def record(frame: FrameType, event: str, argument: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if (
            event == "call"
            and not called
            and ".usecases." in module
            and not module.endswith((".ports", ".stream", ".schedule"))
        ):
            function = frame.f_globals.get(frame.f_code.co_name)
            if callable(function) and not frame.f_code.co_name.startswith("_"):
                called.append(function)
                sys.setprofile(None)  # the rest runs several times as fast

    measured = measure(replace(action, run=run), SIZE)
    return (called[0] if called else None), measured


@cache
def costs() -> dict[str, tuple[str, list[Measured]]]:
    """The docstring and the measured costs of each use case, by its qualified name; without schedules, events,
    and what grows with the circle.
    """
    by_name: dict[str, tuple[str, list[Measured]]] = {}
    for action in ACTIONS:
        if action.trigger == "none" or (action.grows and not action.name.endswith(", 20")):
            continue
        use_case, measured = measured_use_case(action)
        if use_case:
            name = f"{use_case.__module__}.{use_case.__name__}"
            by_name.setdefault(name, (inspect.getdoc(use_case) or "", []))[1].append(measured)
    return by_name


@pytest.mark.parametrize("name", costs())
def test_the_docstring_of_a_use_case_states_its_cost(name: str) -> None:
    docstring, measured = costs()[name]
    stated = re.search(r"Cost:(.*?)(Raises:|$)", docstring, re.DOTALL)
    assert stated, f"no cost; measured: {measured}"
    numbers = Counter(float(number) for number in re.findall(r"\d+(?:\.\d+)?", stated[1]))
    # The figure of the budget includes what the stream handler writes; a docstring can also state the own writes alone.
    # Each figure stands on its own: a 2 for the reads is not the 2 of the writes.
    possible = [
        Counter(figure for figure in (writes, cost.reads) if figure)
        for cost in measured
        for writes in (cost.writes, cost.writes + cost.stream_writes)
    ]
    assert any(figures <= numbers for figures in possible), f"states {numbers}, measured {possible}"

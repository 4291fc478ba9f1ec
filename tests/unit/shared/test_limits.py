"""Limits that are settings hold at their exact value, and follow a change of it."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.shared.kernel.limits import at_least, at_most, list_at_most


@pytest.mark.parametrize(
    ("field", "allowed", "denied"),
    [
        (Annotated[int, at_most(lambda: 3)], 3, 4),
        (Annotated[int, at_least(lambda: 3)], 3, 2),
        (Annotated[list[int], list_at_most(lambda: 2)], [1, 2], [1, 2, 3]),
    ],
)
def test_a_limit_holds_at_its_exact_value(field: Any, allowed: Any, denied: Any) -> None:
    adapter = TypeAdapter[Any](field)
    assert adapter.validate_python(allowed) == allowed
    with pytest.raises(ValidationError):
        adapter.validate_python(denied)

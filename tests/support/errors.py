"""Domain errors that tests expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.shared.kernel.errors import DomainError


def error_code(call: Callable[[], Any]) -> str:
    """Make the call, which must raise a domain error, and return the code of the error."""
    with pytest.raises(DomainError) as raised:
        call()
    return raised.value.code

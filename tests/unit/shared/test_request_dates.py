"""Dates in requests are between 2000 and 2100, so that no later step fails on them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.circles.schemas.check_ins import MakeUpRequest
from services.circles.schemas.members import SanctionRequest as MemberSanctionRequest
from services.review.schemas.sanctions import SanctionRequest

MOMENTS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (MemberSanctionRequest, {"kind": "mute", "reason": "x"}),
    (SanctionRequest, {"level": "muted", "violation": "spam", "reason": "x"}),
]
WRONG = ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z", "2100-01-01T00:00:01Z"]


@pytest.mark.parametrize(("model", "fields"), MOMENTS)
def test_a_moment_is_between_2000_and_2100(model: type[BaseModel], fields: dict[str, Any]) -> None:
    for text in WRONG:
        with pytest.raises(ValidationError, match="until"):
            model.model_validate({**fields, "until": text})
    for text in ("2000-01-01T08:00:00+08:00", "2099-12-31T23:59:59Z"):
        model.model_validate({**fields, "until": text})


def test_a_day_is_between_2000_and_2100() -> None:
    for text in ("9999-12-31", "0001-01-01"):
        with pytest.raises(ValidationError, match="day"):
            MakeUpRequest.model_validate({"day": text})
    MakeUpRequest.model_validate({"day": "2026-03-05"})

"""A function's settings from its environment, checked once per cold start."""

from __future__ import annotations

import os
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

Filled = Annotated[str, StringConstraints(min_length=1)]


class Settings(BaseModel):
    """What every function is told: its table, its secrets' parameter, and the bus where it publishes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    table: Filled
    secrets: Filled
    bus: str = ""

    @classmethod
    def read(cls) -> Self:
        return cls.model_validate({name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ})

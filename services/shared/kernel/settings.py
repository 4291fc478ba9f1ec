"""The settings of a function, read from its environment once per cold start."""

from __future__ import annotations

import os
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

NonEmpty = Annotated[str, StringConstraints(min_length=1)]


class Settings(BaseModel):
    """The settings that every function has; a service adds its own.

    table: name of the service's table.
    secrets: name of the parameter that contains the service's keys.
    bus: name of the event bus; empty in a function that publishes no events.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    table: NonEmpty
    secrets: NonEmpty
    bus: str = ""

    @classmethod
    def from_environment(cls) -> Self:
        """Read each setting from the environment variable of its name in capitals.

        Raises: ValidationError (a setting is missing or empty).
        """
        return cls.model_validate({name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ})

"""The two kinds of schema at the HTTP rim. Each is built when it is first used, since a cold function meets few of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """What comes in: a name we do not know is refused, so that nobody assigns what is not theirs to say."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class ResponseModel(BaseModel):
    """What goes out."""

    model_config = ConfigDict(defer_build=True)

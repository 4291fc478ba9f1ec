"""The environment of a function: names of resources and addresses, read once per cold start.

The figures of the product are in `services.shared.kernel.settings`.
"""

from __future__ import annotations

import os
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

NonEmpty = Annotated[str, StringConstraints(min_length=1)]


class Environment(BaseModel):
    """What the environment of every function contains; a service adds its own.

    table: name of the service's table.
    secrets: path of the parameters that contain the service's key rings.
    bus: name of the event bus; empty in a function that publishes no events.
    archive_bucket: name of the bucket of audit anchors; empty in a function that writes none.
    exports_bucket: name of the bucket of data exports; empty in a function that writes none.
    account: the AWS account, which must own every bucket.
    failure_queue: address of the queue for what the function cannot process; empty in a function that reads no stream or inbox.
    token_claims, groups_claim, staff_claims: the rules of tokens (`security.tokens`); empty in a function without routes,
        where they deny every token.
    grant_keys: the parameter with the key ring of read grants; empty in a function in which staff read nothing.
    attribution_keys: the parameter with the key ring of card tokens; empty in a function that shows no card to a reader.
    aws_lambda_function_name: set by Lambda.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    table: NonEmpty
    secrets: NonEmpty
    account: NonEmpty
    bus: str = ""
    archive_bucket: str = ""
    exports_bucket: str = ""
    failure_queue: str = ""
    token_claims: str = ""
    groups_claim: str = ""
    staff_claims: str = ""
    grant_keys: str = ""
    attribution_keys: str = ""
    aws_lambda_function_name: str = ""

    @classmethod
    def read(cls) -> Self:
        """Read each field from the environment variable of its name in capitals.

        Raises: ValidationError (a variable is missing or empty).
        """
        return cls.model_validate({name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ})

"""Requests and responses of browsers that get web pushes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator

from services.chat.domain import PushSubscription
from services.chat.domain.push_subscription import MAX_ENDPOINT_LENGTH, host_of
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment

ENDPOINT_PATTERN = r"^https://[\x21-\x5b\x5d-\x7e]+$"
# 65 bytes that begin with 4, and 16 bytes, as base64url.
PublicKey = Annotated[str, StringConstraints(pattern=r"^B[A-P][A-Za-z0-9_-]{85}$")]
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]


class PushSubscriptionRequest(RequestModel):
    """A browser's push subscription: what `PushSubscription.toJSON()` has, with its keys beside the endpoint."""

    endpoint: Annotated[
        str,
        StringConstraints(pattern=ENDPOINT_PATTERN, max_length=MAX_ENDPOINT_LENGTH),
        Field(
            description="The address at the push service: https, of a public host.",
            examples=["https://push.example.com/v1/abc"],
        ),
    ]
    p256dh: PublicKey
    auth: Secret

    @field_validator("endpoint")
    @classmethod
    def require_public_host(cls, endpoint: str) -> str:
        if not host_of(endpoint):
            raise ValueInvalid("must-be-push-endpoint")
        return endpoint


class PushSubscriptionResponse(ResponseModel):
    """A browser that gets the caller's web pushes. Its endpoint is a secret of the browser, so only its host is shown."""

    push_subscription_id: str
    host: str
    created_at: Moment

    @classmethod
    def of(cls, subscription: PushSubscription) -> Self:
        return cls(push_subscription_id=subscription.id, host=subscription.host, created_at=subscription.created_at)


class PushKeyResponse(ResponseModel):
    """The public key of the platform, which a browser subscribes to web pushes with."""

    public_key: str

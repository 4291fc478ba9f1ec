"""Base classes of request and response models, and the models and bounded types that several services share.

Each value of a request has an upper bound (decision 39); tests/contracts/test_bounds.py finds a field without one.
Every model is built at its first use (`defer_build`): a cold start needs few of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.shared.http.problems import violation_texts
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.ids import PATTERNS
from services.shared.kernel.text import Paragraph
from services.shared.security.guardrails import LABELS, ProductDisclosure
from services.shared.security.violations import Violation
from services.shared.table.cards import ProductCard
from services.shared.table.reports import ReportInput

# Bounded where they enter: later code adds days and converts time zones, which fails near the years 1 and 9999.
RequestMoment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC))]
RequestDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
Version = Annotated[int, Field(ge=0, le=10**15)]  # of an entity: a count, or milliseconds
ApplicationId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['application_id']}$")]
CircleId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['circle_id']}$")]
CommentId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['comment_id']}$")]
CouponId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['coupon_id']}$")]
ListingId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['listing_id']}$")]
NoteId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['note_id']}$")]
OptionId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_]{0,40}$")]  # empty for a listing without options
OrderId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['order_id']}$")]
PictureId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['picture_id']}$")]
RoomId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['room_id']}$")]
UserId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['user_id']}$")]


class RequestModel(BaseModel):
    """A request. Unknown fields are an error.

    So a client cannot set a field that the model does not list (mass assignment).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)


class ResponseModel(BaseModel):
    """A response."""

    model_config = ConfigDict(defer_build=True)


class ReportReason(StrEnum):
    SPAM = "spam"
    FRAUD = "fraud"
    HARASSMENT = "harassment"
    ILLEGAL = "illegal"
    PRIVACY = "privacy"
    MINORS = "minors"
    OTHER = "other"


class ReportRequest(RequestModel):
    """The reason of a report, with a text for the reviewer."""

    reason: ReportReason
    text: Paragraph | None = None

    @property
    def report_input(self) -> ReportInput:
        return ReportInput(str(self.reason), self.text or "")


def _require_minutes(hour: time) -> time:
    if hour.tzinfo or hour.second or hour.microsecond:
        raise ValueInvalid("must-be-china-time")
    return hour


ChinaTime = Annotated[time, AfterValidator(_require_minutes)]  # to the minute


class ViolationResponse(ResponseModel):
    """A rule of the platform that content or a user broke, with its text in both languages."""

    code: Annotated[Violation, Field(description="Stable code of the rule.", examples=["harassment"])]
    en: Annotated[str, Field(description="The rule in English.", examples=["Harassment of another person"])]
    zh_cn: Annotated[str, Field(description="The rule in Chinese.", examples=["骚扰、辱骂他人"])]

    @classmethod
    def of(cls, violation: Violation | None) -> ViolationResponse | None:
        """Return the response; None without a rule."""
        return cls(code=violation, **violation_texts(violation)) if violation else None


TakeDownReason = Annotated[
    ViolationResponse | None,
    Field(description="The rule that it breaks, if the platform has taken it down; for its author.", examples=[None]),
]


class DisclosureResponse(ResponseModel):
    """What a post with products discloses, set by the server, with its text in both languages."""

    code: Annotated[ProductDisclosure, Field(description="Stable code of the disclosure.", examples=["commission"])]
    en: Annotated[str, Field(description="The label in English.", examples=[LABELS[ProductDisclosure.COMMISSION][0]])]
    zh_cn: Annotated[str, Field(description="The label in Chinese.", examples=[LABELS[ProductDisclosure.COMMISSION][1]])]

    @classmethod
    def of(cls, disclosure: ProductDisclosure | None) -> DisclosureResponse | None:
        """Return the response; None for a post without products."""
        return cls.model_validate(disclosure.label) if disclosure else None


Disclosed = Annotated[
    DisclosureResponse | None,
    Field(description="What a post with products discloses to its readers; null without products.", examples=[None]),
]


class GrantQuery(RequestModel):
    """The read grant of a read about a user in another service than review."""

    grant: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[A-Za-z0-9_.-]*$")] = Field(
        "",
        description="The grant of `POST /staff/read-grants` for this read; each is good for one.",
        examples=["WyJ1c2VyLTEi.c2lnbmF0dXJl"],
    )


class ProductCardResponse(ResponseModel):
    """A listing as it is on sale now."""

    listing_id: str
    title: str
    amount: int
    currency: str
    stock: int
    option_count: int
    on_sale: bool
    attribution: str | None

    @classmethod
    def of(cls, card: ProductCard) -> ProductCardResponse:
        return cls.model_validate(card, from_attributes=True)

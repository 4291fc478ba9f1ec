"""The four services, with the events each tells and takes."""

from __future__ import annotations

from typing import Any

from services.chat.publications import PUBLICATIONS as OF_CHAT
from services.chat.subscriptions import SUBSCRIPTIONS as TO_CHAT
from services.circles.publications import PUBLICATIONS as OF_CIRCLES
from services.circles.subscriptions import SUBSCRIPTIONS as TO_CIRCLES
from services.commerce.publications import PUBLICATIONS as OF_COMMERCE
from services.commerce.subscriptions import SUBSCRIPTIONS as TO_COMMERCE
from services.review.publications import PUBLICATIONS as OF_REVIEW
from services.review.subscriptions import SUBSCRIPTIONS as TO_REVIEW

PUBLISHED: dict[str, Any] = {"review": OF_REVIEW, "circles": OF_CIRCLES, "chat": OF_CHAT, "commerce": OF_COMMERCE}
SUBSCRIBED: dict[str, Any] = {"review": TO_REVIEW, "circles": TO_CIRCLES, "chat": TO_CHAT, "commerce": TO_COMMERCE}
SERVICES = tuple(PUBLISHED)

"""Commerce's projections of circles and members: what selling and buying need of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain.permissions import KINDS, Action
from services.commerce.settings import settings
from services.shared.security.actions import require_not_muted
from services.shared.security.newcomers import require_newcomer_limits
from services.shared.security.selling import ALWAYS, Selling


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle, as the circles service publishes it.

    owner_id: the user who earns the commissions; empty until CircleActivated has arrived.
    read_only: nothing is sold until `read_only_until`, or until the next event if that is None.
    selling: when products can be sold in it.
    """

    owner_id: str = ""
    read_only: bool = False
    read_only_until: datetime | None = None
    selling: Selling = ALWAYS

    def is_read_only(self, now: datetime) -> bool:
        return self.read_only and (self.read_only_until is None or now < self.read_only_until)


@dataclass(frozen=True, slots=True)
class Member:
    """A user's membership of a circle; `state` is `pending`, `member`, `left`, `kicked` or `banned`.

    muted_until: the end of the mute in this circle; None without one.
    """

    circle_id: str
    user_id: str
    role: str
    state: str
    muted_until: datetime | None = None

    def require_can_post(self, texts: str, *, pictures: int = 0, has_coded_link: bool = False) -> None:
        """Require that the member can post a listing with these texts: a newcomer's has no link, and few pictures.

        has_coded_link: whether a code in one of the pictures is a link.
        Raises: NewcomerLimitExceeded.
        """
        if self.role == "newcomer":
            now = settings()
            most = {"max_mentions": now.max_mentions_of_newcomer, "max_pictures": now.max_pictures_of_newcomer}
            require_newcomer_limits(texts, pictures=pictures, has_coded_link=has_coded_link, **most)

    def require_not_muted(self, action: Action, at: datetime) -> None:
        """Raises: CallerMuted (a mute in the circle denies the action)."""
        require_not_muted(KINDS[action], is_muted=self.muted_until is not None and at < self.muted_until)

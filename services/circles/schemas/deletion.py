"""The deletion of an account."""

from __future__ import annotations

from datetime import datetime

from services.circles.domain.deletion import ContentChoice, Deletion, DeletionState, ObstacleKind
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment


class DeletionRequest(RequestModel):
    """What happens to your notes, comments and messages: they stay without your name, or are deleted."""

    content: ContentChoice


class ObstacleResponse(ResponseModel):
    """What you must finish before your account can be deleted: an order, or a circle that you own."""

    kind: ObstacleKind
    id: str


class DeletionResponse(ResponseModel):
    """The deletion of your account.

    state: while it is `checking`, services look for what must be finished first. `denied`: finish the obstacles and request it
        again. `scheduled`: your account is erased at `deletes_at`, unless you withdraw.
    """

    state: DeletionState
    content: ContentChoice
    waiting_for: list[str]
    is_delayed: bool
    obstacles: list[ObstacleResponse]
    deletes_at: Moment | None

    @classmethod
    def of(cls, deletion: Deletion, now: datetime) -> DeletionResponse:
        return cls(
            state=deletion.state,
            content=deletion.content,
            waiting_for=list(deletion.waiting_for),
            is_delayed=deletion.is_delayed(now),
            obstacles=[ObstacleResponse(kind=obstacle.kind, id=obstacle.id) for obstacle in deletion.obstacles],
            deletes_at=deletion.deletes_at,
        )

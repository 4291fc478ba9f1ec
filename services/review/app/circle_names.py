"""The route that renames a circle. It is here, because review decides which names are available."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put(
    "/circles/{circle_id}/name",
    kind=ActionKind.SPEAK,
    raises=(errors.CircleClosed, errors.CircleReadOnly, errors.CircleNameTakenDown, errors.CircleNameUnavailable),
)
def rename_circle(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.CircleNameRequest
) -> schemas.CircleNameResponse:
    """Rename your circle. Each attempt counts, and there are few: a name can be unavailable."""
    return schemas.CircleNameResponse.of(usecases.rename_circle(wiring.ports(), caller, circle_id, key, body.name))

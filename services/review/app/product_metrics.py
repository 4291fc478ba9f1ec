"""The route of the product metrics."""

from __future__ import annotations

from services.review import schemas, usecases, wiring
from services.review.app.api import api
from services.shared.kernel.errors import OperatorRequired
from services.shared.security.auth import Caller


@api.get("/product-metrics/{month}", raises=(OperatorRequired,))
def get_product_metrics(caller: Caller, month: str) -> schemas.ProductMetricsResponse:
    """Get the product metrics of a month over all circles, each with its definition. The current month is not complete."""
    return schemas.ProductMetricsResponse.of(usecases.get_product_metrics(wiring.ports(), caller, month))

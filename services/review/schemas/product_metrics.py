"""The product metrics of a month."""

from __future__ import annotations

from collections.abc import Mapping

from services.review.domain.product_definitions import DEFINITIONS
from services.review.domain.product_metrics import METRICS, Figure
from services.review.usecases.product_metrics import ProductMetrics
from services.shared.http.schemas import ResponseModel

NO_FIGURE = Figure(0, 0, 0)


class ProductMetricResponse(ResponseModel):
    """One metric of a month, with the definition that is stored beside its numbers.

    thousandths: numerator divided by denominator; null if it is about fewer than 5 people.
    """

    metric: str
    thousandths: int | None
    definition_zh: str
    definition_en: str

    @classmethod
    def of(cls, metric: str, figure: Figure, texts: Mapping[str, str]) -> ProductMetricResponse:
        is_enough = figure.has_circles if DEFINITIONS[metric].is_about_circles else figure.is_shown
        thousandths = round(1000 * figure.numerator / figure.denominator) if is_enough else None
        return cls(metric=metric, thousandths=thousandths, definition_zh=texts["zh"], definition_en=texts["en"])


class ProductMetricsResponse(ResponseModel):
    """The product metrics of a month in China. `circles` have figures in it."""

    month: str
    is_complete: bool
    circles: int
    metrics: list[ProductMetricResponse]

    @classmethod
    def of(cls, metrics: ProductMetrics) -> ProductMetricsResponse:
        figures = {metric: metrics.figures.get(metric, NO_FIGURE) for metric in METRICS}
        listed = [ProductMetricResponse.of(metric, figures[metric], metrics.texts_of(metric)) for metric in METRICS]
        return cls(month=metrics.month, is_complete=metrics.is_complete, circles=metrics.circles, metrics=listed)

"""The transparency report of a month."""

from __future__ import annotations

from services.review.domain.transparency import Process, TransparencyReport
from services.shared.http.schemas import ResponseModel


class ProcessTimeResponse(ResponseModel):
    """How long the decisions of one kind took.

    The median is at most `median_within_hours`; null if there were fewer than 5, or if it is longer than all bounds.
    """

    process: Process
    decisions: int
    median_within_hours: int | None


class TransparencyResponse(ResponseModel):
    """What the platform decided in a month. Each count is the number of audit entries of its kind."""

    month: str
    is_complete: bool
    counts: dict[str, int]
    times: list[ProcessTimeResponse]

    @classmethod
    def of(cls, report: TransparencyReport) -> TransparencyResponse:
        times = [
            ProcessTimeResponse(
                process=process,
                decisions=sum(report.times[process].values()),
                median_within_hours=report.get_median_bound(process),
            )
            for process in Process
        ]
        counts = {str(count): number for count, number in report.counts.items()}
        return cls(month=report.month, is_complete=report.is_complete, counts=counts, times=times)

"""The chart of a campaign: one bar a stage, as an SVG image with labels in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.domain.campaign import STAGES, Stage
from services.circles.settings import settings

LABELS = {
    Stage.AUDIENCE: "找到的人 audience",
    Stage.NOTIFIED: "已通知 notified",
    Stage.JOINED: "加入 joined",
    Stage.ACTIVE: "活跃 active",
    Stage.NOTED: "发笔记 noted",
    Stage.ORDERED: "下单 ordered",
}
WIDTH, LABEL_WIDTH, BAR_WIDTH, ROW, BAR = 640, 150, 400, 28, 18
COLOUR = "#2a7f62"


def to_svg(people: Sequence[int]) -> str:
    """Return the chart of the numbers of people, in the order of the stages. The longest bar is the largest number."""
    height, largest = ROW * len(STAGES) + 20, max(1, *people)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">'
    rows = [_row(index, LABELS[stage], people[index], largest) for index, stage in enumerate(STAGES)]
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *rows, "</svg>"])


def _row(index: int, label: str, people: int, largest: int) -> str:
    """Return one bar. A number of fewer people than the smallest group has no length, and is labelled as such."""
    top, width = 10 + index * ROW, round(BAR_WIDTH * people / largest)
    number = str(people) if people else f"&lt; {settings().min_people_of_campaign}"
    text = top + BAR - 5
    return (
        f'<text x="{LABEL_WIDTH - 8}" y="{text}" text-anchor="end">{label}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width}" height="{BAR}" fill="{COLOUR}"/>'
        f'<text x="{LABEL_WIDTH + width + 6}" y="{text}">{number}</text>'
    )

"""The transparency report of a month in a terminal: as a table, as Markdown or as CSV, to be published."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from infra.api_client import ApiClient

LABELS = {
    "applications_submitted": "收到的圈主申请",
    "applications_granted": "通过的申请",
    "applications_rejected": "未通过的申请",
    "applications_withdrawn": "撤回的申请",
    "applications_expired": "过期的申请",
    "information_requested": "要求补充的申请",
    "reviews_overdue": "超时的审核",
    "appeals_submitted": "收到的申诉",
    "appeals_granted": "申诉成功",
    "appeals_upheld": "维持原决定",
    "content_taken_down": "下架的内容",
    "content_restored": "申诉后恢复的内容",
    "cases_upheld": "其他成立的举报",
    "cases_dismissed": "不成立的举报",
    "cases_abusive": "恶意举报",
    "users_warned": "警告",
    "users_muted": "禁言",
    "users_restricted": "限制交易",
    "users_suspended": "停用账号",
    "users_banned": "封禁账号",
    "emergencies": "紧急处罚",
    "sanctions_overturned": "申诉后撤销的处罚",
    "sanctions_lifted": "解除的处罚",
    "proposals_rejected": "驳回的处罚提议",
    "proposals_expired": "过期的处罚提议",
    "owners_renewed": "续任的圈主",
    "owners_on_probation": "进入考察的圈主",
    "owners_removed": "撤换的圈主",
    "successions_approved": "批准的转让",
    "successions_rejected": "未批准的转让",
    "disputes_ruled": "裁定的订单纠纷",
}
PROCESSES = {"applications": "申请审核用时", "appeals": "申诉处理用时", "cases": "举报处理用时"}
Rows = Sequence[tuple[str, str, str]]


def show_transparency_report(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the report of a month."""
    report = client.call("GET", f"/transparency/{args.month}")
    text = PRINTERS[args.format](report, rows_of(report))
    console.print(text, soft_wrap=True, markup=False)


def rows_of(report: Any) -> Rows:
    """Return the name, the Chinese label and the value of each line of a report. A new count has no label yet."""
    counts = [(name, LABELS.get(name, ""), str(count)) for name, count in report["counts"].items()]
    return counts + [
        (f"{time['process']}_median", PROCESSES.get(time["process"], ""), _median(time)) for time in report["times"]
    ]


def _median(time: Any) -> str:
    hours, decisions = time["median_within_hours"], time["decisions"]
    return f"<= {hours} h (n = {decisions})" if hours else f"- (n = {decisions})"


def _state_of(report: Any) -> str:
    return "" if report["is_complete"] else " · 本月尚未结束 · not complete"


def _table(report: Any, rows: Rows) -> Table:
    title = f"透明度报告 · {report['month']}{_state_of(report)}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for heading in ("项目", "count", ""):
        table.add_column(heading)
    for name, label, value in rows:
        table.add_row(label, name, value)
    return table


def _markdown(report: Any, rows: Rows) -> str:
    lines = [f"# 透明度报告 {report['month']}{_state_of(report)}", "", "| 项目 | count | |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {label} | {name} | {value} |" for name, label, value in rows)])


def _csv(report: Any, rows: Rows) -> str:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(("month", "is_complete", "name", "value"))
    writer.writerows((report["month"], str(report["is_complete"]).lower(), name, value) for name, _, value in rows)
    return output.getvalue().rstrip()


PRINTERS: dict[str, Callable[[Any, Rows], Any]] = {"table": _table, "markdown": _markdown, "csv": _csv}
FORMATS = tuple(PRINTERS)

"""The review console in a terminal: queues, applications, cases, appeals, users, sanctions and reports.

`make review` runs it on the laptop cloud, as one of the demo reviewers. Elsewhere, pass `--url`, and the access token in
COTERIE_TOKEN. It is a client of the review API: every rule is the service's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from coterie_client import CoterieError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra import console_disputes, staff_page
from infra.api_client import ApiClient, RequestFailed
from infra.cloud import current
from infra.console_cases import add_case_parsers, decide_appeal, decide_case, show_appeal, show_appeals, show_case, show_cases
from infra.formats import format_age, format_time, format_time_left, parse_time
from infra.process import LocalFailed
from infra.transparency import FORMATS, show_transparency_report

REVIEW_QUEUES = ("review", "appeal", "escalated", "tenure")
REASONS = (
    "meets_criteria",
    "resonance_weak",
    "circle_vague",
    "early_building_unclear",
    "too_little_time",
    "evidence_lacking",
    "other",
)
SECTIONS = {
    "resonance": "认同 · resonance",
    "circle_definition": "定位 · the circle",
    "early_building": "共建 · early building",
    "weekly_hours": "每周投入 · hours a week",
    "plan": "计划 · plan",
    "evidence": "材料 · evidence",
}


def show_review_queue(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the entries of a review queue, earliest due first."""
    page = client.call("GET", "/review-queue", review_queue=args.queue, claim=args.claim, limit="50")
    table = Table(title=f"待审 · {args.queue}", title_justify="left", box=box.SIMPLE)
    for heading, justify in (("申请 id", "left"), ("圈子 circle", "left"), ("已等 age", "right"), ("剩余 time left", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("决定 decision")
    table.add_column("领取至 claimed until")
    for entry in page["items"]:
        claimed = entry["lease_until"] and parse_time(entry["lease_until"]) > datetime.now(UTC)
        table.add_row(
            entry["application_id"],
            escape(entry["circle_name"]),
            format_age(entry["submitted_at"]),
            format_time_left(entry["due_at"]),
            "二审 second" if entry["approvals"] else "一审 first",
            format_time(entry["lease_until"]) if claimed else "",
        )
    console.print(table if page["items"] else f"{args.queue}: 没有待审申请 · the review queue is empty")
    if page["next_cursor"]:
        console.print("[dim]还有更多 · more entries follow[/dim]")


def show_application(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print an application with its personal data, and the next commands. The access is recorded."""
    application = client.call("GET", f"/applications/{args.application}")
    title = f"{escape(application['circle_name'])}  ({application['state']})"
    table = Table(title=title, title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    verified = "已实名" if application["real_name_verified"] else "未实名"
    table.add_row("申请人 applicant", escape(f"{application['masked_name']}  {verified}"))
    table.add_row("标签 tags", escape("、".join(application["circle_tags"])))
    for name, label in SECTIONS.items():
        value = application[name]
        table.add_row(label, escape("\n".join(value) if isinstance(value, list) else str(value)))
    for decision in application["decisions"]:
        reasons = "、".join(reason["zh_cn"] for reason in decision["reasons"])
        table.add_row(f"决定 {decision['verdict']}", escape(f"{reasons}\n{decision['note']}"))
    if application["appeal"]:
        table.add_row("申诉 appeal", escape(f"{application['appeal']['cites']}: {application['appeal']['statement']}"))
    for flag in application["flags"]:
        table.add_row("[yellow]提示 flag[/yellow]", flag)
    due, version = application["decision_expected_by"], application["content_hash"][:8]
    if due:
        table.add_row("期限 due", f"{format_time(due)}  ({format_time_left(due)})")
    table.add_row("版本 version", version)
    console.print(table)
    if due:
        decide = f"decide {args.application} approve --read {version} --reason meets_criteria --note …"
        console.print(f"  make review ARGS='claim {args.application}'\n  make review ARGS='{decide}'", soft_wrap=True)


def claim_application(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    application = client.call("POST", f"/applications/{args.application}/claim")
    console.print(f"已领取，{format_time(application['lease_until'])} 前有效 · claimed until then")


def decide_application(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Decide the version that was read. If the application has changed since, nothing is sent."""
    application = client.call("GET", f"/applications/{args.application}")
    if not application["content_hash"].startswith(args.read):
        raise RequestFailed("申请已更新，请重新查看 · The application has changed. Show it again.")
    scores = dict(zip(("resonance", "definite_circle", "early_building", "time"), map(int, args.scores), strict=True))
    body = {"verdict": args.verdict, "content_hash": application["content_hash"], "scores": scores}
    after = client.call(
        "POST", f"/applications/{args.application}/decisions", {**body, "reasons": args.reason, "note": args.note}
    )
    seat = f"，席位 {after['seat']}" if after["seat"] else ""
    console.print(f"已记录：{after['state']}{seat} · recorded ({after['approvals']} of 2 approvals)")


COMMANDS: dict[str, Callable[[ApiClient, argparse.Namespace, Console], None]] = {
    "queue": show_review_queue,
    "show": show_application,
    "claim": claim_application,
    "decide": decide_application,
    "cases": show_cases,
    "case": show_case,
    "decide-case": decide_case,
    "appeals": show_appeals,
    "appeal": show_appeal,
    "decide-appeal": decide_appeal,
    "transparency": show_transparency_report,
    **console_disputes.COMMANDS,
    **staff_page.COMMANDS,
}


def parse_arguments(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make review", description=__doc__)
    parser.add_argument("--as", dest="name", default="rui", help="sign in as this demo reviewer of the laptop cloud")
    parser.add_argument("--url", default="", help="another API's address, with /v1; set its access token in COTERIE_TOKEN")
    commands = parser.add_subparsers(dest="command")
    queue = commands.add_parser("queue", help="list a review queue")
    queue.add_argument("queue", nargs="?", default="review", choices=REVIEW_QUEUES)
    queue.add_argument("--claim", default="any", choices=("any", "free", "own"))
    for name in ("show", "claim", "decide"):
        commands.add_parser(name).add_argument("application")
    decide_parser = commands.choices["decide"]
    decide_parser.add_argument("verdict", choices=("approve", "reject"))
    decide_parser.add_argument("--read", required=True, metavar="VERSION", help="the version that `show` printed")
    decide_parser.add_argument("--reason", action="append", required=True, choices=REASONS)
    decide_parser.add_argument("--note", required=True)
    decide_parser.add_argument(
        "--scores", nargs=4, default=("4", "4", "4", "4"), metavar="N", help="a score from 1 to 5 for each criterion"
    )
    add_case_parsers(commands)
    console_disputes.add_dispute_parsers(commands)
    transparency = commands.add_parser("transparency", help="print the transparency report of a month")
    transparency.add_argument("month", help="such as 2026-11, in UTC")
    transparency.add_argument("--format", default="table", choices=FORMATS)
    staff_page.add_parsers(commands)
    args = parser.parse_args(line)
    return args if args.command else parser.parse_args(["--as", args.name, "queue"])


def connect(args: argparse.Namespace) -> ApiClient:
    if args.url:
        return ApiClient(args.url, os.environ.get("COTERIE_TOKEN", ""))
    cloud = current()
    if args.name not in cloud.users():
        raise LocalFailed(f"No user has the name {args.name}. Use one of: {', '.join(cloud.users())}.")
    return ApiClient(cloud.url, cloud.sign_in(args.name))


def main() -> None:
    width = max(shutil.get_terminal_size().columns, 110)  # an id on one line can be copied
    console = Console(highlight=False, width=width)
    args = parse_arguments()
    try:
        COMMANDS[args.command](connect(args), args, console)
    except (LocalFailed, RequestFailed, CoterieError) as failure:
        console.print(f"[red]{args.command}:[/red] {escape(str(failure))}")
        sys.exit(1)


if __name__ == "__main__":
    main()

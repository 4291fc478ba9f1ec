"""The reviewers' desk in a terminal: the queue with age and time left, one application as a reviewer sees it, claim, decide.

`make review` on the laptop cloud, as one of the demo reviewers; elsewhere `--url` and the token in COTERIE_TOKEN. It is
a client like any other: every rule is the service's."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from ulid import ULID

from infra.cloud import current
from infra.process import LocalFailed
from services.review.domain.calendar import working_between

QUEUES = ("review", "appeal", "escalated", "tenure")
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
    "weekly_hours": "每周小时 · hours a week",
    "plan": "计划 · plan",
    "evidence": "材料 · evidence",
}


class Refused(Exception):
    """What the service answered instead, in words."""


class Desk:
    """Talks to the review API as one person."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20, headers={"authorization": f"Bearer {token}"})

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        headers = {"idempotency-key": str(ULID())} if method == "POST" else {}
        answer = self._http.request(method, path, json=body, headers=headers, params=query)
        document = answer.json() if answer.content else None
        if answer.status_code >= 400:
            problem = document or {}
            fields = "; ".join(f"{one['at']} {one['message']}" for one in problem.get("errors") or [])
            raise Refused(": ".join(part for part in (problem.get("title", str(answer.status_code)), fields) if part))
        return document


def show_queue(desk: Desk, given: argparse.Namespace, console: Console) -> None:
    """What waits in a lane, the one due first at the head."""
    page = desk.call("GET", "/queue", queue=given.queue, claim=given.claim, limit="50")
    table = Table(title=f"待审 · {given.queue}", title_justify="left", box=box.SIMPLE)
    for head, justify in (("申请 id", "left"), ("圈子 circle", "left"), ("已等 age", "right"), ("剩余 left", "right")):
        table.add_column(head, justify=justify)  # type: ignore[arg-type]
    table.add_column("阶段 stage")
    table.add_column("领取 held until")
    for one in page["items"]:
        table.add_row(
            one["application_id"],
            escape(one["circle_name"]),
            age(one["submitted_at"]),
            left(one["due_at"]),
            "二审 second" if one["approvals"] else "一审 first",
            clock(one["lease_until"]) if one["lease_until"] and moment(one["lease_until"]) > datetime.now(UTC) else "",
        )
    console.print(table if page["items"] else f"{given.queue}: 空 · nothing waits")
    if page["next_cursor"]:
        console.print("[dim]还有更多 · and more[/dim]")


def show_application(desk: Desk, given: argparse.Namespace, console: Console) -> None:
    """One application as a reviewer sees it, and the commands that go on from here. The reading is recorded."""
    one = desk.call("GET", f"/applications/{given.application}")
    table = Table(
        title=f"{escape(one['circle_name'])}  ({one['state']})", title_justify="left", show_header=False, box=box.SIMPLE
    )
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("申请人 applicant", f"{one['masked_name']}  {'已实名' if one['real_name_verified'] else '未实名'}")
    table.add_row("标签 tags", escape("、".join(one["circle_tags"])))
    for name, label in SECTIONS.items():
        value = one[name]
        table.add_row(label, escape("\n".join(value) if isinstance(value, list) else str(value)))
    for decision in one["decisions"]:
        reasons = "、".join(reason["zh_cn"].rstrip("。") for reason in decision["reasons"])
        table.add_row(f"决定 {decision['verdict']}", escape(f"{reasons}\n{decision['note']}"))
    if one["appeal"]:
        table.add_row("申诉 appeal", escape(f"{one['appeal']['cites']}: {one['appeal']['statement']}"))
    for flag in one["flags"]:
        table.add_row("[yellow]提示 flag[/yellow]", flag)
    if one["decision_expected_by"]:
        table.add_row("期限 due", f"{clock(one['decision_expected_by'])}  ({left(one['decision_expected_by'])})")
    table.add_row("版本 version", one["content_hash"][:8])
    console.print(table)
    if one["decision_expected_by"]:
        on = f"decide {given.application} approve --read {one['content_hash'][:8]} --reason meets_criteria --note …"
        console.print(f"  make review ARGS='claim {given.application}'\n  make review ARGS='{on}'", soft_wrap=True)


def claim(desk: Desk, given: argparse.Namespace, console: Console) -> None:
    one = desk.call("POST", f"/applications/{given.application}/claim")
    console.print(f"已领取，至 {clock(one['lease_until'])} · yours until then")


def decide(desk: Desk, given: argparse.Namespace, console: Console) -> None:
    """Decide on the version that was read: another one is refused before it is sent."""
    one = desk.call("GET", f"/applications/{given.application}")
    if not one["content_hash"].startswith(given.read):
        raise Refused("申请内容已更新，请重新阅读 · it has changed since: show it again")
    scores = dict(zip(("resonance", "definite_circle", "early_building", "time"), map(int, given.scores), strict=True))
    body = {"verdict": given.verdict, "content_hash": one["content_hash"], "scores": scores}
    after = desk.call(
        "POST", f"/applications/{given.application}/decisions", {**body, "reasons": given.reason, "note": given.note}
    )
    seat = f"，席位 {after['seat']}" if after["seat"] else ""
    console.print(f"已记录：{after['state']}{seat} · recorded ({after['approvals']} of 2 approvals)")


def show_cases(desk: Desk, given: argparse.Namespace, console: Console) -> None:
    """Open cases of reports."""
    table = Table(title="举报 · cases", title_justify="left", box=box.SIMPLE)
    for head in ("案件 case", "对象 subject", "人数 reporters", "剩余 left", "内容 evidence"):
        table.add_column(head)
    items = desk.call("GET", "/cases", limit="50")["items"]
    for one in items:
        said = str(one["evidence"].get("text") or one["evidence"].get("title", ""))[:40]
        subject = f"{one['subject']['service']} {one['subject']['kind']}"
        table.add_row(one["case_id"], subject, str(one["reporters"]), left(one["due_at"]), escape(said))
    console.print(table if items else "举报：空 · no open case")


COMMANDS: dict[str, Callable[[Desk, argparse.Namespace, Console], None]] = {
    "queue": show_queue,
    "show": show_application,
    "claim": claim,
    "decide": decide,
    "cases": show_cases,
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def clock(text: str) -> str:
    return f"{moment(text).astimezone():%m-%d %H:%M}"


def age(text: str | None) -> str:
    return hours(datetime.now(UTC) - moment(text)) if text else ""


def left(text: str) -> str:
    """Working time until a moment, or how long it has been over."""
    now, due = datetime.now(UTC), moment(text)
    if now >= due:
        return f"[red]超 {hours(working_between(due, now))}[/red]"
    rest = working_between(now, due)
    return f"[yellow]{hours(rest)}[/yellow]" if rest < timedelta(hours=24) else hours(rest)


def hours(span: timedelta) -> str:
    whole = int(span.total_seconds()) // 60
    return f"{whole // 60} h" if whole >= 60 else f"{whole} min"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make review", description=__doc__)
    parser.add_argument("--as", dest="name", default="rui", help="a demo reviewer of the laptop cloud")
    parser.add_argument("--url", default="", help="the review API elsewhere; its token in COTERIE_TOKEN")
    commands = parser.add_subparsers(dest="command")
    queue = commands.add_parser("queue", help="what waits")
    queue.add_argument("queue", nargs="?", default="review", choices=QUEUES)
    queue.add_argument("--claim", default="any", choices=("any", "free", "mine"))
    for name in ("show", "claim", "decide"):
        commands.add_parser(name).add_argument("application")
    deciding = commands.choices["decide"]
    deciding.add_argument("verdict", choices=("approve", "reject"))
    deciding.add_argument("--read", required=True, metavar="VERSION", help="the version that `show` told")
    deciding.add_argument("--reason", action="append", required=True, choices=REASONS)
    deciding.add_argument("--note", required=True)
    deciding.add_argument("--scores", nargs=4, default=("4", "4", "4", "4"), metavar="N", help="one to five for each criterion")
    commands.add_parser("cases", help="open cases of reports")
    given = parser.parse_args(words)
    return given if given.command else parser.parse_args(["--as", given.name, "queue"])


def desk_of(given: argparse.Namespace) -> Desk:
    if given.url:
        return Desk(given.url, os.environ.get("COTERIE_TOKEN", ""))
    cloud = current()
    if given.name not in cloud.people():
        raise LocalFailed(f"nobody is called {given.name}: one of {', '.join(cloud.people())}")
    return Desk(cloud.url("review"), cloud.sign_in(given.name))


def main() -> None:
    width = max(shutil.get_terminal_size().columns, 110)  # ids must come out in one piece, to be copied
    console = Console(highlight=False, width=width)
    given = arguments()
    try:
        COMMANDS[given.command](desk_of(given), given, console)
    except (LocalFailed, Refused, httpx.HTTPError) as failure:
        console.print(f"[red]{given.command}:[/red] {escape(str(failure))}")
        sys.exit(1)


if __name__ == "__main__":
    main()

"""The commands of the review console about cases and appeals: list, show and decide them."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.api_client import ApiClient
from infra.formats import format_time, format_time_left, new_table
from services.shared.security.violations import Violation

OUTCOMES = ("upheld", "dismissed", "abusive")


def show_cases(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the open cases, earliest due first."""
    table = new_table("举报 · cases", "案件 case", "对象 subject", "人数 reporters", "剩余 time left")
    items = client.call("GET", "/cases", limit="50")["items"]
    for case in items:
        subject = f"{case['subject']['service']} {case['subject']['kind']}"
        table.add_row(case["case_id"], subject, str(case["reporters"]), format_time_left(case["due_at"]))
    console.print(table if items else "没有待处理的举报 · no open cases")


def show_case(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the evidence of a case. The access is recorded."""
    _print_case(client.call("GET", f"/cases/{args.case}"), console)


def decide_case(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Decide a case. An upheld one takes the content down, and names the rule that it broke."""
    body = {"outcome": args.outcome, "note": args.note, "violation": args.violation, "revision": args.revision}
    sent = {name: value for name, value in body.items() if value is not None}
    after = client.call("POST", f"/cases/{args.case}/decision", sent)
    console.print(f"已记录：{after['outcome']} · recorded")


def show_appeals(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the open appeals, the overdue ones first."""
    table = new_table("申诉 · appeals", "申诉 appeal", "对象 kind", "已同意 grants", "提交 submitted", "剩余 time left")
    items = client.call("GET", "/appeals", limit="50")["items"]
    for appeal in items:
        grants = f"{appeal['grants']} / {appeal['grants_needed']}"
        times = format_time(appeal["submitted_at"]), format_time_left(appeal["due_at"])
        table.add_row(appeal["appeal_id"], appeal["kind"], grants, *times)
    console.print(table if items else "没有待处理的申诉 · no open appeals")


def show_appeal(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the statement of an appeal, and the evidence or the sanction that it is about. The access is recorded."""
    appeal = client.call("GET", f"/appeals/{args.appeal}")
    console.print(f"理由 statement  {escape(appeal['statement'])}", soft_wrap=True)
    if appeal["case"]:
        _print_case(appeal["case"], console)
    if sanction := appeal["sanction"]:
        until = format_time(sanction["until"]) if sanction["until"] else "无期限 no end"
        console.print(f"用户 user  {escape(appeal['user_id'])}", soft_wrap=True)
        console.print(f"处罚 sanction  {sanction['level']}, {sanction['violation']}, {until}")
        console.print(f"原因 reason  {escape(sanction['reason'])}", soft_wrap=True)


def decide_appeal(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Grant an appeal, or uphold the decision that it is against."""
    body = {"outcome": args.outcome, "note": args.note}
    after = client.call("POST", f"/appeals/{args.appeal}/decision", body)
    console.print(f"已记录：{after['state']} · recorded ({after['grants']} of {after['grants_needed']} grants)")


def _print_case(case: dict[str, Any], console: Console) -> None:
    console.print(f"作者 author  {escape(case['author'])}", soft_wrap=True)
    for shown in (case, *case["later"]):
        text = str(shown["evidence"].get("text") or shown["evidence"].get("title", ""))
        console.print(f"内容 evidence, revision {shown['revision']}  {escape(text)}", soft_wrap=True)
        _print_surroundings(shown["surroundings"], console)
    if case["outcome"]:
        console.print(f"结果 outcome  {case['outcome']}  {case['violation'] or ''}  {escape(case['note'])}", soft_wrap=True)


def _print_surroundings(messages: list[dict[str, Any]], console: Console) -> None:
    """Print the messages around a reported one, in order. Their senders are not accused."""
    for message in messages:
        line = f"#{message['seq']} {format_time(message['sent_at'])} {message['sender'] or message['kind']}"
        console.print(f"前后消息 surrounding  {escape(line)}  {escape(message['text'])}", soft_wrap=True)


def add_case_parsers(commands: Any) -> None:
    """Add the command lines of cases and appeals to the subparsers of the console."""
    commands.add_parser("cases", help="list the open cases")
    commands.add_parser("case", help="show the evidence of a case").add_argument("case")
    decide = commands.add_parser("decide-case", help="decide a case")
    decide.add_argument("case")
    decide.add_argument("outcome", choices=OUTCOMES)
    decide.add_argument("--violation", choices=[str(violation) for violation in Violation], help="if it is upheld")
    decide.add_argument("--revision", type=int, help="the latest revision that you read, if there are several")
    decide.add_argument("--note", required=True)
    commands.add_parser("appeals", help="list the open appeals")
    commands.add_parser("appeal", help="show an appeal").add_argument("appeal")
    decide = commands.add_parser("decide-appeal", help="decide an appeal")
    decide.add_argument("appeal")
    decide.add_argument("outcome", choices=("granted", "upheld"))
    decide.add_argument("--note", required=True)

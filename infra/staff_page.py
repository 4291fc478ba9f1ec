"""The page of a user in the review console, and the commands of sanctions that follow from it.

Services do not call each other: review, circles and commerce each answer their part and record the access. Each read in
circles and commerce needs a grant of review, which counts the reads of all services and knows every conflict of interest.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.api_client import ApiClient, RequestFailed
from infra.formats import format_time, new_table
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.ids import PATTERNS
from services.shared.security.violations import Violation

USER_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")  # a subject of the user pool
LEVELS = ("warned", "muted", "restricted", "suspended", "banned")


def show_user(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print an order, the page of a user, or the users whose nickname begins with a text, and the next commands."""
    if re.fullmatch(PATTERNS["order_id"], args.who):
        show_order(client, args.who, console)
    elif args.id or USER_ID.fullmatch(args.who):
        show_page(client, args.who, console)
    else:
        show_found(client, args.who, console)


def show_found(client: ApiClient, nickname: str, console: Console) -> None:
    """Print the users whose nickname begins with a text; the page of the user if there is only one."""
    page = read_with_grant(client, "users", "", "/staff/users", nickname=nickname, limit="50")
    if not page["items"]:
        console.print("没有找到。昵称从头匹配；没取过昵称的用户请用 id · none found; use --id for an id that is no UUID")
    elif len(page["items"]) == 1 and not page["next_cursor"]:
        show_page(client, page["items"][0]["user_id"], console)
    else:
        table = new_table("用户 · users", "用户 id", "昵称 nickname")
        for user in page["items"]:
            table.add_row(user["user_id"], escape(user["nickname"]))
        console.print(table)
        console.print("[dim]还有更多，请多输几个字 · more follow: type more of the name[/dim]" if page["next_cursor"] else "")
        _print_commands(console, "user ID")


def show_order(client: ApiClient, order_id: str, console: Console) -> None:
    order = read_with_grant(client, "order", order_id, f"/staff/orders/{order_id}")
    console.print(_orders("订单 · order", [order]))
    if order["has_unapplied_payments"]:
        console.print("[yellow]有款项待退回 · a payment waits to go back[/yellow]")
    _print_commands(console, f"user {order['buyer_id']}", f"user {order['seller_id']}")


def show_page(client: ApiClient, user_id: str, console: Console) -> None:
    """Print what review, circles and commerce know about a user: 4 accesses, of which each is recorded."""
    record = client.call("GET", f"/staff/users/{user_id}/record")
    profile = _find_part(client, console, "profile", user_id)
    if profile:
        name = f"{profile['nickname']}（默认）" if profile["is_default_nickname"] else profile["nickname"]
        console.print(f"[bold]{escape(name)}[/bold]  {user_id}\n{escape(profile['bio'])}", soft_wrap=True)
    console.print(_status_of(record), soft_wrap=True)
    if profile:
        console.print(_circles(profile["memberships"]))
    for part in (_applications(record["applications"]), _cases(record["cases"]), _reports(record["reports"])):
        console.print(part)
    for read, side, title in (("orders", "bought", "买到 · bought"), ("sales", "sold", "卖出 · sold")):
        orders = _find_part(client, console, read, user_id, side=side, limit="10")
        if orders:
            console.print(_orders(title, orders["items"]))
    _print_commands(console, *_next_commands(user_id, record))


def read_with_grant(client: ApiClient, read: str, subject_id: str, path: str, **query: str) -> Any:
    """Read in another service than review, with a grant of review: so one limit per hour holds over all services."""
    grant = client.call("POST", "/staff/read-grants", {"read": read, "subject_id": subject_id or None})["grant"]
    return client.call("GET", path, grant=grant, **query)


def _find_part(client: ApiClient, console: Console, read: str, user_id: str, **query: str) -> Any:
    """Return a part of the page, or print why there is none."""
    path = f"/staff/users/{user_id}/{'profile' if read == 'profile' else 'orders'}"
    try:
        return read_with_grant(client, read, user_id, path, **query)
    except RequestFailed as failure:
        console.print(f"[red]{path}:[/red] {escape(str(failure))}", soft_wrap=True)
        return None


def _status_of(record: Any) -> str:
    sanctions = record["sanctions"]
    lines = [f"关联账号 linked users  {record['linked_users']}"]
    if sanctions is None:
        return "\n".join(["状态 status  none", *lines])
    until = f"，至 {format_time(sanctions['until'])}" if sanctions["until"] else ""
    lines.insert(0, f"状态 status  {sanctions['level']}{until}  {escape(sanctions['reason'])}")
    lines.append(f"有效违规 strikes  {sanctions['strikes']}")
    if pending := sanctions["pending"]:
        text = f"待复核 pending  {pending['level']}  {escape(pending['reason'])}  {pending['proposal_id']}"
        lines.append(f"[yellow]{text}，{format_time(pending['ratify_until'])} 前[/yellow]")
    return "\n".join(lines)


def _circles(memberships: Any) -> Table:
    table = new_table(
        f"圈子 · circles ({len(memberships)})", "圈子 circle", "id", "圈内昵称 nickname", "身份 role", "状态 state"
    )
    for member in memberships:
        names = (escape(member["circle_name"]), member["circle_id"], escape(member["nickname"]))
        table.add_row(*names, member["role"], member["state"])
    return table


def _applications(applications: Any) -> Table:
    table = new_table(f"圈主申请 · applications ({len(applications)})", "申请 id", "圈子 circle", "状态 state")
    for one in applications:
        table.add_row(one["application_id"], escape(one["circle_name"]), one["state"])
    return table


def _cases(cases: Any) -> Table:
    table = new_table(f"被举报 · cases ({len(cases)})", "案件 case", "对象 subject", "人数 reporters", "结果 outcome")
    for case in cases:
        subject = f"{case['subject']['service']} {case['subject']['kind']}"
        table.add_row(case["case_id"], subject, str(case["reporters"]), case["outcome"] or "open")
    return table


def _reports(reports: Any) -> Table:
    table = new_table(f"举报他人 · reports ({len(reports)})", "案件 case", "时间 at", "结果 outcome")
    for report in reports:
        table.add_row(report["case_id"], format_time(report["reported_at"]), report["outcome"] or "open")
    return table


def _orders(title: str, orders: Any) -> Table:
    headings = ("订单 id", "商品 title", "金额 amount", "状态 state", "买家 buyer", "卖家 seller")
    table = new_table(f"{title} ({len(orders)})", *headings)
    for order in orders:
        amount = f"{order['total_amount'] / 100:.2f} {order['currency']}"
        parties = (order["buyer_id"], order["seller_id"])
        titles = escape("、".join(line["title"] for line in order["lines"]))
        table.add_row(order["order_id"], titles, amount, order["state"], *parties)
    return table


def _next_commands(user_id: str, record: Any) -> list[str]:
    """Return the commands by which a reviewer acts. The two-person rule is the service's."""
    pending = record["sanctions"] and record["sanctions"]["pending"]
    commands = [f"case {case['case_id']}" for case in record["cases"] if case["outcome"] is None]
    commands += [f"show {one['application_id']}" for one in record["applications"][:1]]
    if pending:
        return [*commands, *(f"{act} {user_id} {pending['proposal_id']}" for act in ("ratify", "reject"))]
    commands.append(f"sanction {user_id} {'|'.join(LEVELS)} --violation … --reason … [--days N] [--emergency]")
    if record["sanctions"] and record["sanctions"]["level"] != "none":
        commands.append(f"lift {user_id} --reason … [--mistake]")
    return commands


def _print_commands(console: Console, *commands: str) -> None:
    for command in commands:
        console.print(f"  make review ARGS='{command}'", soft_wrap=True, markup=False)


def impose_sanction(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    until = rfc3339(datetime.now(UTC) + timedelta(days=args.days)) if args.days else None
    body = {
        "level": args.level,
        "violation": args.violation,
        "reason": args.reason,
        "until": until,
        "emergency": args.emergency,
    }
    _print_act(console, client.call("PUT", f"/users/{args.user}/sanction", body))


def ratify_sanction(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    path = f"/users/{args.user}/sanction/ratification"
    _print_act(console, client.call("POST", path, {"proposal_id": args.proposal}))


def reject_sanction(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    path = f"/users/{args.user}/sanction/rejection"
    _print_act(console, client.call("POST", path, {"proposal_id": args.proposal}))


def lift_sanction(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    body = {"reason": args.reason, "mistake": args.mistake}
    _print_act(console, client.call("POST", f"/users/{args.user}/sanction/lifting", body))


def _print_act(console: Console, act: Any) -> None:
    pending = act["pending"]
    if pending:
        until, proposal = format_time(pending["ratify_until"]), pending["proposal_id"]
        console.print(f"等待第二位审核员复核，{until} 前 · a second reviewer must ratify {proposal}", soft_wrap=True)
    else:
        console.print("已生效 · done")


COMMANDS: dict[str, Callable[[ApiClient, argparse.Namespace, Console], None]] = {
    "user": show_user,
    "sanction": impose_sanction,
    "ratify": ratify_sanction,
    "reject": reject_sanction,
    "lift": lift_sanction,
}


def add_parsers(commands: Any) -> None:
    """Add the arguments of these commands to a parser."""
    user = commands.add_parser("user", help="find a user or an order, and print what the services know; each read is recorded")
    user.add_argument("who", metavar="NICKNAME|ID|ORDER")
    user.add_argument("--id", action="store_true", help="the argument is a user id that is no UUID")
    for name in ("sanction", "ratify", "reject", "lift"):
        commands.add_parser(name).add_argument("user", metavar="ID")
    sanction = commands.choices["sanction"]
    sanction.add_argument("level", choices=LEVELS)
    sanction.add_argument("--violation", choices=list(map(str, Violation)), required=True, help="the rule that the user broke")
    sanction.add_argument("--days", type=int, help="without it, until the sanction is lifted")
    sanction.add_argument("--emergency", action="store_true", help="in force at once; a second reviewer must ratify it")
    for name in ("sanction", "lift"):
        commands.choices[name].add_argument("--reason", required=True)
    commands.choices["lift"].add_argument("--mistake", action="store_true", help="the sanction was wrong: remove its strike")
    for name in ("ratify", "reject"):
        commands.choices[name].add_argument("proposal", help="the proposal that `user` printed")

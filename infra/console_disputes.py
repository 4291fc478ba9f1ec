"""The commands of the review console about disputes of orders: list, show, and rule on them with a second reviewer."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.api_client import ApiClient
from infra.formats import format_time_left, new_table
from infra.staff_page import read_with_grant


def show_disputes(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the disputes that wait for a ruling, the overdue ones first."""
    table = new_table("纠纷 · disputes", "纠纷 dispute", "原因 reason", "金额 amount", "状态 state", "剩余 time left")
    items = client.call("GET", "/dispute-cases", limit="50")["items"]
    for one in items:
        amount = f"{one['amount']} {one['currency']}"
        table.add_row(one["dispute_id"], one["reason"], amount, one["state"], format_time_left(one["due_at"]))
    console.print(table if items else "没有待裁定的纠纷 · no open disputes")


def show_dispute(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Print the statements of a dispute and the proposed ruling. Both accesses are recorded."""
    case = client.call("GET", f"/dispute-cases/{args.dispute}")
    path = f"/staff/users/{case['buyer_id']}/disputes/{args.dispute}"
    found = read_with_grant(client, "dispute", args.dispute, path)
    console.print(f"订单 order  {found['order_id']}  {found['amount']} {found['currency']}  {found['reason']}", soft_wrap=True)
    console.print(f"买家 buyer  {escape(found['buyer_id'])}  {escape(found['statement'])}", soft_wrap=True)
    console.print(f"卖家 seller  {escape(found['seller_id'])}  {escape(found['answer'])}", soft_wrap=True)
    if ruling := case["ruling"]:
        console.print(f"裁定 ruling {ruling['proposal_id']}  {ruling['amount']}  {escape(ruling['note'])}", soft_wrap=True)


def propose_ruling(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Propose what goes back to the buyer."""
    body = {"amount": args.amount, "note": args.note}
    after = client.call("POST", f"/dispute-cases/{args.dispute}/ruling", body)
    console.print(f"待复核：{after['ruling']['proposal_id']} · a second reviewer must ratify it")


def ratify_ruling(client: ApiClient, args: argparse.Namespace, console: Console) -> None:
    """Ratify the ruling that was read, or reject it."""
    step = "rejection" if args.reject else "ratification"
    after = client.call("POST", f"/dispute-cases/{args.dispute}/ruling/{step}", {"proposal_id": args.proposal})
    console.print(f"已记录：{after['state']} · recorded")


def add_dispute_parsers(commands: Any) -> None:
    """Add the command lines of disputes to the subparsers of the console."""
    commands.add_parser("disputes", help="list the open disputes")
    commands.add_parser("dispute", help="show a dispute").add_argument("dispute")
    propose = commands.add_parser("propose-ruling", help="propose what goes back to the buyer, in fen")
    propose.add_argument("dispute")
    propose.add_argument("amount", type=int)
    propose.add_argument("--note", required=True)
    ratify = commands.add_parser("ratify-ruling", help="ratify the ruling that you read")
    ratify.add_argument("dispute")
    ratify.add_argument("proposal")
    ratify.add_argument("--reject", action="store_true", help="reject it instead")


COMMANDS = {
    "disputes": show_disputes,
    "dispute": show_dispute,
    "propose-ruling": propose_ruling,
    "ratify-ruling": ratify_ruling,
}

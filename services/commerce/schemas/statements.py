"""Statements as CSV (RFC 4180), for spreadsheets: in UTF-8 with a byte order mark, without formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from services.commerce.domain import EntryReason
from services.commerce.domain.statement import StatementLine
from services.shared.http.schemas import RequestModel
from services.shared.kernel.clock import in_china

Language = Literal["zh-CN", "en"]
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads UTF-8 as another encoding
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")  # what makes a spreadsheet run a cell as a formula, also in full width

HEADERS: dict[Language, tuple[str, ...]] = {
    "en": ("Time (Beijing)", "Movement", "Order or payout", "Balance", "Amount", "Currency"),
    "zh-CN": ("时间（北京时间）", "类型", "订单或提现", "账户", "金额", "币种"),
}
BALANCES: dict[Language, tuple[str, str]] = {"en": ("payable", "pending"), "zh-CN": ("可提现", "待结算")}
REASONS_ZH: dict[EntryReason, str] = {
    EntryReason.CAPTURE: "收款",
    EntryReason.SPLIT: "确认收货分账",
    EntryReason.SELLER: "货款转为可提现",
    EntryReason.COMMISSION: "佣金转为可提现",
    EntryReason.COMMISSION_CANCELED: "佣金取消",
    EntryReason.REFUND: "退款",
    EntryReason.CHARGEBACK: "银行拒付",
    EntryReason.CHARGEBACK_REVERSAL: "拒付撤销",
    EntryReason.OFFSET: "退款冲抵",
    EntryReason.PAYOUT: "申请提现",
    EntryReason.PAYOUT_PAID: "提现到账",
    EntryReason.PAYOUT_RETURNED: "提现退回",
}


class StatementQuery(RequestModel):
    """The language of the headers and of the kinds of movements."""

    language: Language = Field("zh-CN", description="The language of the statement.", examples=["zh-CN"])


def to_csv(lines: Iterable[StatementLine], language: Language) -> str:
    """Return the lines as CSV, below a header in this language. Amounts are in yuan, so spreadsheets sum them."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADERS[language])
    for line in lines:
        writer.writerow(_cells(line, language))
    return BYTE_ORDER_MARK + file.getvalue()


def _cells(line: StatementLine, language: Language) -> Iterator[str]:
    yield f"{in_china(line.booked_at):%Y-%m-%d %H:%M:%S}"
    yield text_cell(REASONS_ZH[line.reason] if language == "zh-CN" else str(line.reason))
    yield text_cell(line.subject)
    yield BALANCES[language][line.is_pending]
    yield in_yuan(line.amount)
    yield text_cell(line.currency)


def text_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs as a formula. Numbers are not texts: a minus begins them."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def in_yuan(amount: int) -> str:
    """Return an amount in fen as yuan with two decimals, without floats."""
    yuan, fen = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{yuan}.{fen:02d}"

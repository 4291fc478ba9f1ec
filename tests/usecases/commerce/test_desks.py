"""M29: the desks and statements of sellers, owners and the platform equal what the ledger's entries sum to."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import EntryReason, LedgerEntry
from services.commerce.domain.dispute import DisputeState
from services.commerce.domain.payout import PayoutSource
from services.commerce.domain.product_return import ReturnState
from services.commerce.domain.statement import Figures, StatementLine, months_until
from services.commerce.errors import StatementTooLong
from services.commerce.repository.balances import marker_key
from services.commerce.repository.desks import Waiting
from services.commerce.repository.ledger import ENTRY_PREFIX, entry_from_item
from services.commerce.schemas.statements import REASONS_ZH, in_yuan, text_cell, to_csv
from services.commerce.usecases import statements
from services.shared.kernel.clock import CHINA, china_month, from_millis
from services.shared.kernel.errors import OperatorRequired
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.payouts import OPERATORS, PaidShop
from tests.usecases.commerce.claims import PARCEL, merchant, open_dispute, received, request_return, rule, shipped

PAYEES = {PayoutSource.SELLER: ("seller", "seller-pending", MEI), PayoutSource.OWNER: ("owner", "commission-pending", LIN)}


def busy() -> PaidShop:
    """Return a shop after three months of sales, refunds, a blocked share, and payouts of seller and owner."""
    shop = PaidShop()
    shop.open_account(LIN, "acct_lin")
    for month in range(3):
        orders = [shop.sell() for _ in range(3)]
        shop.refund(orders[0], 3_333, number=month)
        shop.request(2_000)
        shop.run_schedule()
        shop.deliver()
        shop.sell(blocks_seller=True)
        shop.set_account_status(MEI, "none")
        shop.simulation.clock.advance(days=31)
        shop.run_schedule()
        shop.update_balances()
        shop.request(100, LIN, PayoutSource.OWNER)
        shop.refund(orders[1], 10_000, number=month)
        shop.update_balances()
    return shop


def entries(shop: PaidShop) -> Iterator[tuple[datetime, LedgerEntry]]:
    """Yield all entries with the moment at which they were counted."""
    items = {(item["pk"], item["sk"]): item for item in shop.simulation.memory("commerce").all_items()}
    for (_, sk), item in items.items():
        if sk.startswith(ENTRY_PREFIX):
            entry = entry_from_item(item)
            marker = items[marker_key(entry).pk, marker_key(entry).sk]
            yield from_millis(marker["counted_at"]), entry


def recomputed(shop: PaidShop, account: str) -> dict[str, Counter[EntryReason]]:
    """Return the sums of a ledger account by month and reason, from its entries alone."""
    sums: dict[str, Counter[EntryReason]] = {}
    for at, entry in entries(shop):
        for line in entry.lines:
            if line.ledger_account == account:
                sums.setdefault(china_month(at), Counter())[entry.reason] -= line.amount
    return sums


def desk_of(shop: PaidShop, source: PayoutSource, user: Caller) -> commerce.Desk:
    if source is PayoutSource.OWNER:
        return commerce.get_owner_desk(shop.ports, user)
    return commerce.get_seller_desk(shop.ports, user).desk


@pytest.mark.parametrize("source", PayoutSource)
def test_m29_the_figures_of_a_desk_equal_the_ledger(source: PayoutSource) -> None:
    shop = busy()
    payable, pending, user = PAYEES[source]
    desk = desk_of(shop, source, user)
    for name, amount in ((payable, desk.payable), (pending, desk.pending)):
        by_month = recomputed(shop, f"{name}:{user.user_id}")
        assert amount == sum(sum(sums.values()) for sums in by_month.values())
        for figures in desk.figures:
            stored = figures.payable if name == payable else figures.pending
            assert dict(stored) == dict(by_month.get(figures.period, {}))
    assert len({figures.period for figures in desk.figures if figures.payable}) >= 3
    assert any(sum(figures.payable.values()) for figures in desk.figures)


@pytest.mark.parametrize("source", PayoutSource)
def test_m29_a_statement_has_each_movement_of_its_month_and_no_other(source: PayoutSource) -> None:
    shop = busy()
    payable, pending, user = PAYEES[source]
    for month in months_until(china_month(shop.simulation.clock.now), 5):
        lines = commerce.get_statement(shop.ports, user, source, month)
        expected = Counter(
            (at, entry.reason, entry.order_id, line.ledger_account.startswith(pending), -line.amount)
            for at, entry in entries(shop)
            for line in entry.lines
            if line.ledger_account in (f"{payable}:{user.user_id}", f"{pending}:{user.user_id}") and china_month(at) == month
        )
        found = [(line.booked_at, line.reason, line.subject, line.is_pending, line.amount) for line in lines]
        assert Counter(found) == expected
        assert [line[0] for line in found] == sorted(line[0] for line in found)


def test_m29_the_statement_of_the_platform_has_the_sums_of_each_day() -> None:
    shop = busy()
    for month in months_until(china_month(shop.simulation.clock.now), 5):
        lines = commerce.get_platform_statement(shop.ports, OPERATORS[0], month)
        expected: Counter[tuple[str, EntryReason]] = Counter()
        for at, entry in entries(shop):
            for line in entry.lines:
                if line.ledger_account == "platform" and china_month(at) == month:
                    expected[at.astimezone(CHINA).date().isoformat(), entry.reason] -= line.amount
        found = {(line.booked_at.date().isoformat(), line.reason): line.amount for line in lines}
        assert found == dict(expected)
    with pytest.raises(OperatorRequired):
        commerce.get_platform_statement(shop.ports, MEI, "2026-03")


def test_m29_a_month_begins_at_midnight_in_china() -> None:
    shop = PaidShop()
    shop.simulation.clock.now = datetime(2026, 7, 31, 23, 59, 59, tzinfo=CHINA)
    shop.sell()
    shop.simulation.clock.advance(seconds=1)
    shop.sell()
    for month in ("2026-07", "2026-08"):
        (line,) = commerce.get_statement(shop.ports, MEI, PayoutSource.SELLER, month)
        assert (line.reason, line.amount) == (EntryReason.SPLIT, 9_200)
        figures = {each.period: dict(each.payable) for each in commerce.get_seller_desk(shop.ports, MEI).desk.figures}
        assert figures[month] == {EntryReason.SPLIT: 9_200}


def test_m29_the_desk_has_the_orders_to_ship_the_oldest_first() -> None:
    shop = PaidShop()
    orders = [shop.order() for _ in range(3)]
    assert commerce.get_seller_desk(shop.ports, MEI).to_ship.items == []
    for order in reversed(orders):
        shop.pay(order)
    to_ship = [order.id for order in commerce.get_seller_desk(shop.ports, MEI).to_ship.items]
    assert to_ship == [order.id for order in orders]
    commerce.ship_order(shop.ports, MEI, orders[0].id)
    shop.refund(shop.current_order(orders[1]))
    assert [order.id for order in commerce.get_seller_desk(shop.ports, MEI).to_ship.items] == [orders[2].id]
    assert commerce.get_seller_desk(shop.ports, HAO).to_ship.items == []


def test_m29_the_desk_of_a_stranger_is_empty() -> None:
    desk = commerce.get_seller_desk(PaidShop().ports, HAO).desk
    assert (desk.payable, desk.pending, desk.payouts) == (0, 0, [])
    assert all(figures == Figures(figures.period, {}, {}) for figures in desk.figures)


def test_m29_a_statement_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = busy()
    month = china_month(shop.simulation.clock.now)
    lines = commerce.get_statement(shop.ports, MEI, PayoutSource.SELLER, months_until(month, 2)[1])
    monkeypatch.setattr(statements, "MAX_LINES", len(lines))
    assert len(commerce.get_statement(shop.ports, MEI, PayoutSource.SELLER, months_until(month, 2)[1])) == len(lines)
    monkeypatch.setattr(statements, "MAX_LINES", len(lines) - 1)
    with pytest.raises(StatementTooLong):
        commerce.get_statement(shop.ports, MEI, PayoutSource.SELLER, months_until(month, 2)[1])


AT = datetime(2026, 8, 3, 20, 0, tzinfo=CHINA)


def test_m29_a_statement_is_csv_for_excel_in_the_language_of_its_reader() -> None:
    lines = [
        StatementLine(AT, EntryReason.SPLIT, "ord_1", is_pending=False, amount=920_012, currency="CNY"),
        StatementLine(AT, EntryReason.REFUND, "ord_1", is_pending=True, amount=-7, currency="CNY"),
    ]
    assert to_csv(lines, "en") == (
        "\ufeffTime (Beijing),Movement,Order or payout,Balance,Amount,Currency\r\n"
        "2026-08-03 20:00:00,split,ord_1,payable,9200.12,CNY\r\n"
        "2026-08-03 20:00:00,refund,ord_1,pending,-0.07,CNY\r\n"
    )
    header, *rows = csv.reader(io.StringIO(to_csv(lines, "zh-CN").removeprefix("\ufeff")))
    assert header == ["时间（北京时间）", "类型", "订单或提现", "账户", "金额", "币种"]
    assert [row[1] for row in rows] == ["确认收货分账", "退款"]
    assert to_csv(lines, "zh-CN").encode().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1"])
def test_m29_no_text_of_a_statement_is_a_formula(text: str) -> None:
    assert text_cell(text) == f"'{text}"
    line = StatementLine(AT, EntryReason.SPLIT, text, is_pending=False, amount=1, currency="CNY")
    _, row = csv.reader(io.StringIO(to_csv([line], "en"), newline=""))
    assert row[2] == f"'{text}"


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (100, "1.00"), (-10_001, "-100.01"), (10**9, "10000000.00")]
)
def test_m29_amounts_are_yuan_without_floats(amount: int, text: str) -> None:
    assert in_yuan(amount) == text


def test_m29_each_reason_has_a_chinese_word() -> None:
    assert set(REASONS_ZH) == set(EntryReason)
    assert len(set(REASONS_ZH.values())) == len(REASONS_ZH)


def test_m29_months_go_back_over_the_year() -> None:
    assert months_until("2026-02", 4) == ["2026-02", "2026-01", "2025-12", "2025-11"]


def waiting_ids(shop: Shop) -> tuple[list[str], list[str]]:
    """Return the ids of the returns and disputes in the seller's lists that wait for the seller, the oldest first."""
    page = PageRequest(50)
    returns = commerce.list_returns(shop.ports, MEI, page, sold=True).items
    disputes = commerce.list_disputes(shop.ports, MEI, page, sold=True).items
    to_answer = [one.id for one in disputes if one.state is DisputeState.OPEN and not one.answer]
    to_decide = [one.id for one in returns if one.state in (ReturnState.REQUESTED, ReturnState.SENT)]
    return sorted(to_decide), sorted(to_answer)


def require_desk_equals_lists(shop: Shop) -> None:
    desk, (returns, disputes) = commerce.get_seller_desk(shop.ports, MEI), waiting_ids(shop)
    assert (desk.returns.count, desk.disputes.count) == (len(returns), len(disputes))
    assert (desk.returns.oldest and desk.returns.oldest.id) == (returns[0] if returns else None)
    assert (desk.disputes.oldest and desk.disputes.oldest.id) == (disputes[0] if disputes else None)


def test_m29_the_returns_and_disputes_of_a_desk_equal_the_lists_in_every_state() -> None:
    shop = merchant(stock=9)
    first, second = (request_return(shop, received(shop)[1]) for _ in range(2))
    shop.simulation.clock.advance(minutes=40)
    answered, withdrawn, ruled = (open_dispute(shop, shipped(shop)) for _ in range(3))
    steps: list[Callable[[], object]] = [
        lambda: commerce.decide_return(shop.ports, MEI, first.id, True, "请寄回。"),
        lambda: commerce.answer_dispute(shop.ports, MEI, answered.id, "已发货。"),
        lambda: commerce.decide_return(shop.ports, MEI, second.id, False, "已拆封。"),
        lambda: commerce.withdraw_dispute(shop.ports, HAO, withdrawn.id),
        lambda: commerce.send_return(shop.ports, HAO, first.id, PARCEL),
        lambda: rule(shop, ruled, 1),
        lambda: commerce.receive_return(shop.ports, MEI, first.id),
    ]
    desk = commerce.get_seller_desk(shop.ports, MEI)
    assert (desk.returns.count, desk.disputes.count) == (2, 3)
    for step in steps:
        step()
        require_desk_equals_lists(shop)
    desk = commerce.get_seller_desk(shop.ports, MEI)
    assert (desk.returns, desk.disputes) == (Waiting(0, None), Waiting(0, None))
    assert commerce.get_seller_desk(shop.ports, HAO).returns == Waiting(0, None), "the buyer is no seller"

"""M17: payouts above the limit of a day need two operators who are different persons, and not the payee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain.payout import PAYOUT_TRANSITIONS, Payout, PayoutState
from services.commerce.errors import ApproverNotVerified, PayoutNotFound, PayoutStateConflict, SecondOperatorRequired
from services.commerce.settings import settings
from services.shared.kernel.errors import ConflictOfInterest, OperatorRequired
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.commerce import HAO, MEI
from simulation.setup.payouts import OPERATORS, PaidShop
from simulation.users import caller

S = PayoutState
ONE, TWO, THREE = OPERATORS


DECISIONS: tuple[Callable[[PaidShop, Caller, Payout], Payout], ...] = (
    lambda shop, operator, payout: commerce.approve_payout(shop.ports, operator, payout.id),
    lambda shop, operator, payout: commerce.reject_payout(shop.ports, operator, payout.id, "请先核实"),
)


def large() -> tuple[PaidShop, Payout]:
    """Return a shop with a payout above the limit."""
    shop = PaidShop()
    with overridden(settings, payout_approval_limit=8_999):
        payout = shop.request(9_000)
    assert payout.state is S.AWAITING_APPROVAL
    return shop, payout


def waiting(shop: PaidShop) -> list[Payout]:
    return commerce.list_payouts_to_approve(shop.ports, ONE, PageRequest()).items


def test_m17_a_large_payout_is_sent_after_the_approvals_of_two_operators() -> None:
    shop, payout = large()
    shop.run_schedule()
    assert (shop.simulation.payments.paid_out, waiting(shop)) == ({}, [payout])
    for _ in range(3):
        assert commerce.approve_payout(shop.ports, ONE, payout.id).state is S.AWAITING_APPROVAL
    shop.run_schedule()
    assert shop.simulation.payments.paid_out == {}
    for _ in range(2):
        assert commerce.approve_payout(shop.ports, TWO, payout.id).approver_ids == (ONE.user_id, TWO.user_id)
    assert waiting(shop) == []
    shop.run_schedule()
    shop.deliver()
    assert (shop.current(payout).state, len(shop.simulation.payments.paid_out)) == (S.SUCCEEDED, 1)
    with pytest.raises(PayoutStateConflict):
        commerce.approve_payout(shop.ports, THREE, payout.id)


@pytest.mark.parametrize("when", ["before", "between"])
def test_m17_two_users_of_one_identity_are_one_person(when: str) -> None:
    """Also if the second user is verified under it after the first approval, and under any earlier identity."""
    shop, payout = large()
    if when == "before":
        shop.set_identity(TWO, f"identity of {ONE.user_id}")
    commerce.approve_payout(shop.ports, ONE, payout.id)
    shop.set_identity(TWO, f"identity of {ONE.user_id}")
    with pytest.raises(SecondOperatorRequired):
        commerce.approve_payout(shop.ports, TWO, payout.id)
    shop.run_schedule()
    assert shop.simulation.payments.paid_out == {}
    assert commerce.approve_payout(shop.ports, THREE, payout.id).state is S.REQUESTED


def test_m17_no_operator_decides_about_their_own_payout_under_any_user() -> None:
    shop, payout = large()
    own = replace(MEI, groups=frozenset({"operator"}))
    shop.set_identity(MEI, f"identity of {ONE.user_id}")
    for operator in (own, ONE):
        for decide in DECISIONS:
            with pytest.raises(ConflictOfInterest):
                decide(shop, operator, payout)
    assert shop.current(payout).approver_ids == ()


def test_m17_an_operator_without_a_verified_identity_decides_about_nothing() -> None:
    shop, payout = large()
    for decide in DECISIONS:
        with pytest.raises(ApproverNotVerified):
            decide(shop, caller("ops-unverified", "operator"), payout)


@pytest.mark.parametrize("groups", [(), ("reviewer",)])
def test_m17_only_operators_read_and_decide(groups: tuple[str, ...]) -> None:
    shop, payout = large()
    user = caller("hao", *groups)
    for decide in DECISIONS:
        with pytest.raises(OperatorRequired):
            decide(shop, user, payout)
    with pytest.raises(OperatorRequired):
        commerce.list_payouts_to_approve(shop.ports, user, PageRequest())


def test_m17_a_rejection_returns_the_amount_with_a_note() -> None:
    shop, payout = large()
    commerce.approve_payout(shop.ports, ONE, payout.id)
    for _ in range(2):
        rejected = commerce.reject_payout(shop.ports, TWO, payout.id, "请先核实")
        assert (rejected.state, rejected.note) == (S.REJECTED, "请先核实")
    assert shop.payable() == 9_200
    with pytest.raises(PayoutStateConflict):
        commerce.approve_payout(shop.ports, THREE, payout.id)
    shop.run_schedule()
    assert shop.simulation.payments.paid_out == {}


def test_m17_what_is_sent_already_is_not_rejected() -> None:
    shop, payout = large()
    for operator in (ONE, TWO):
        commerce.approve_payout(shop.ports, operator, payout.id)
    with pytest.raises(PayoutStateConflict):
        commerce.reject_payout(shop.ports, THREE, payout.id, "请先核实")


def test_m17_the_limit_is_of_a_day_so_that_small_payouts_do_not_evade_it() -> None:
    shop = PaidShop()
    with overridden(settings, payout_approval_limit=5_000):
        states = [shop.request(2_000).state for _ in range(3)]
        assert states == [S.REQUESTED, S.REQUESTED, S.AWAITING_APPROVAL]
        shop.simulation.clock.advance(days=1)
        assert shop.request(2_000).state is S.REQUESTED


@pytest.mark.parametrize("amount", [5_000, 5_001])
def test_m17_the_limit_itself_needs_no_approval(amount: int) -> None:
    shop = PaidShop()
    with overridden(settings, payout_approval_limit=5_000):
        assert shop.request(amount).needs_approval is (amount > 5_000)


def test_m17_an_unknown_payout_is_not_found() -> None:
    shop = PaidShop()
    for decide in DECISIONS:
        with pytest.raises(PayoutNotFound):
            decide(shop, ONE, replace(shop.request(100), id=new_id("pyt")))
        with pytest.raises(PayoutNotFound):
            decide(shop, ONE, replace(shop.request(100), id=shop.sold.id))


def test_m17_a_sanction_after_the_approvals_still_ends_the_payout() -> None:
    shop, payout = large()
    for operator in (ONE, TWO):
        commerce.approve_payout(shop.ports, operator, payout.id)
    shop.set_account_status(MEI, "suspended")
    shop.run_schedule()
    assert (shop.current(payout).reason, shop.payable()) == ("sanction", 9_200)


def test_m17_a_payout_with_one_approval_is_never_sent() -> None:
    """The choke point itself: the method that records that a payout is sent."""
    shop, payout = large()
    approved = replace(payout, approver_ids=(ONE.user_id, ONE.user_id), state=S.REQUESTED)
    with pytest.raises(SecondOperatorRequired):
        approved.start_sending(at=shop.simulation.clock())


def test_m17_every_state_is_reached_or_final_and_no_final_one_has_a_successor() -> None:
    reached = {state for states in PAYOUT_TRANSITIONS.values() for state in states}
    assert set(PAYOUT_TRANSITIONS) == set(PayoutState) == reached | {S.AWAITING_APPROVAL}


def test_m17_a_stranger_lists_no_payouts_of_others() -> None:
    shop, _ = large()
    assert commerce.list_payouts(shop.ports, HAO, PageRequest()).items == []

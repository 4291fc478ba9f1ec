"""The effect of each act of one and of two reviewers on each sanction in force (R14, R15), as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.review.domain import Reviewer, Sanction, SanctionRecord
from services.review.domain.sanction import Effect, decide_effect
from services.review.errors import EmergencyNotHigher, EmergencyNotRatified, SanctionAlreadyPending, SecondReviewerRequired
from services.review.repository.people import sanction_record_from_item, sanction_record_to_item
from services.shared.kernel.errors import DomainError
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import AuditTrail

NOW = datetime(2026, 3, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RUI, SHAN, TAO = (Reviewer(name, f"{name}-hash") for name in ("rui", "shan", "tao"))
NONE, WARNED, MUTED, RESTRICTED, SUSPENDED, BANNED = SanctionLevel

# What one reviewer achieves with each new level, by what is in force and how many reviewers decided it. "replaces": in force
# at once. "covers": in force for 24 hours. "proposed": a second reviewer must ratify. "-": denied.
LEVELS = (WARNED, MUTED, RESTRICTED, SUSPENDED, BANNED)
ALONE = {
    (NONE, 1): "replaces replaces proposed proposed proposed",
    (WARNED, 1): "replaces replaces proposed proposed proposed",
    (MUTED, 1): "replaces replaces proposed proposed proposed",
    (WARNED, 2): "proposed proposed proposed proposed proposed",
    (MUTED, 2): "proposed proposed proposed proposed proposed",
    (RESTRICTED, 2): "proposed proposed proposed proposed proposed",
    (SUSPENDED, 2): "proposed proposed proposed proposed proposed",
    (BANNED, 2): "proposed proposed proposed proposed proposed",
}
EMERGENCY = {
    (NONE, 1): "covers covers covers covers covers",
    (WARNED, 1): "- covers covers covers covers",
    (MUTED, 1): "- - covers covers covers",
    (WARNED, 2): "- covers covers covers covers",
    (MUTED, 2): "- - covers covers covers",
    (RESTRICTED, 2): "- - - covers covers",
    (SUSPENDED, 2): "- - - - covers",
    (BANNED, 2): "- - - - -",
}
CELLS = [
    pytest.param(level, reviewers, new, emergency, effect, id=f"{level}-of-{reviewers}-{new}-{'emergency' * emergency}")
    for emergency, rows in ((False, ALONE), (True, EMERGENCY))
    for (level, reviewers), row in rows.items()
    for new, effect in zip(LEVELS, row.split(), strict=True)
]
cells = pytest.mark.parametrize(("level", "reviewers", "new", "emergency", "effect"), CELLS)
PENDING = {
    "own proposal": Sanction(SUSPENDED, None, "提议", RUI, NOW),
    "other proposal": Sanction(SUSPENDED, None, "提议", SHAN, NOW),
    "own emergency": Sanction(BANNED, None, "紧急", RUI, NOW, emergency=True),
    "other emergency": Sanction(BANNED, None, "紧急", SHAN, NOW, emergency=True),
}


def record_with(level: SanctionLevel, reviewers: int, until: datetime | None = None) -> SanctionRecord:
    """Return the record of a user under a sanction that 1 or 2 reviewers decided; level `none` is no sanction."""
    record = SanctionRecord("lin", AuditTrail(salt="salt"))
    if level is NONE:
        return record
    sanction = Sanction(level, until, "旧", SHAN, NOW - HOUR)
    if reviewers == 1 or level.includes(RESTRICTED):
        record = record.impose(sanction, has_conflict=False)
        return ratify(record, TAO, NOW - HOUR) if reviewers == 2 else record
    banned = ratify(record.impose(replace(sanction, level=BANNED), has_conflict=False), TAO, NOW - HOUR)
    return ratify(banned.impose(sanction, has_conflict=False), TAO, NOW - HOUR)  # two reviewers lowered it


def ratify(record: SanctionRecord, by: Reviewer, at: datetime) -> SanctionRecord:
    assert record.pending
    return record.ratify(by, record.pending.id, has_conflict=False, at=at)


def level_at(record: SanctionRecord, at: datetime) -> SanctionLevel:
    """Return the level that a service reads at a later time, without a job or an event in between."""
    return sanction_record_from_item(sanction_record_to_item(record)).account_status.at(at)


def new_sanction(level: SanctionLevel, emergency: bool, until: datetime | None = None) -> Sanction:
    return Sanction(level, until, "新", RUI, NOW, emergency)


@cells
@pytest.mark.parametrize("hours", [0, 1])
def test_r15_each_act_of_one_reviewer_has_the_effect_of_the_table(
    level: SanctionLevel, reviewers: int, new: SanctionLevel, emergency: bool, effect: str, hours: int
) -> None:
    """Also with an end after 1 hour: the sanction in force has none."""
    before = record_with(level, reviewers)
    sanction = new_sanction(new, emergency, NOW + hours * HOUR if hours else None)
    if effect == "-":
        with pytest.raises(EmergencyNotHigher):
            before.impose(sanction, has_conflict=False)
        return
    after = before.impose(sanction, has_conflict=False)
    ends = NOW + (hours * HOUR if hours else DAY)
    if effect == "proposed":
        assert (after.pending, level_at(after, NOW), level_at(after, ends)) == (sanction, level, level)
    if effect == "replaces":
        assert (after.pending, level_at(after, NOW)) == (None, new)
    if effect == "covers":
        assert (after.pending, level_at(after, NOW), level_at(after, ends - timedelta(milliseconds=1))) == (sanction, new, new)
        expired = after.expire_pending(at=ends + DAY)
        assert [level_at(one, at) for one in (after, expired) for at in (ends, ends + 300 * DAY)] == [level] * 4
        assert (expired.current, expired.pending, expired.previous) == (before.current, None, None)


@cells
@pytest.mark.parametrize("pending", PENDING)
def test_r15_while_an_act_is_pending_only_its_proposer_turns_a_proposal_into_an_emergency(
    level: SanctionLevel, reviewers: int, new: SanctionLevel, emergency: bool, effect: str, pending: str
) -> None:
    before = replace(record_with(level, reviewers), pending=PENDING[pending])
    sanction = new_sanction(new, emergency)
    if pending == "own proposal" and emergency and effect == "covers":
        assert level_at(before.impose(sanction, has_conflict=False), NOW) is new
    else:
        error = EmergencyNotHigher if pending == "own proposal" and emergency else SanctionAlreadyPending
        with pytest.raises(error):
            before.impose(sanction, has_conflict=False)


@cells
def test_r14_two_reviewers_replace_any_sanction(
    level: SanctionLevel, reviewers: int, new: SanctionLevel, emergency: bool, effect: str
) -> None:
    before = record_with(level, reviewers)
    assert decide_effect(before.current, new_sanction(new, emergency), reviewers=2) is Effect.REPLACES
    if effect in ("proposed", "covers"):
        after = ratify(before.impose(new_sanction(new, emergency), has_conflict=False), SHAN, NOW + HOUR)
        assert (level_at(after, NOW + 300 * DAY), after.previous, after.current and after.current.ratified) == (new, None, True)


@pytest.mark.parametrize(("level", "reviewers"), list(ALONE))
def test_r14_one_reviewer_lifts_only_what_one_reviewer_decided(level: SanctionLevel, reviewers: int) -> None:
    if level is not NONE:
        after = record_with(level, reviewers).lift(RUI, "误判", has_conflict=False, mistake=False, at=NOW)
        assert level_at(after, NOW) is (NONE if reviewers == 1 else level)
        assert (after.pending is None) == (reviewers == 1)


@pytest.mark.parametrize(
    ("hours", "new", "allowed"),
    [(12, SUSPENDED, True), (24, SUSPENDED, False), (48, SUSPENDED, False), (12, RESTRICTED, False), (48, BANNED, True)],
)
def test_r15_an_emergency_of_the_same_level_must_end_later(hours: int, new: SanctionLevel, allowed: bool) -> None:
    """The end of an emergency is at most 24 hours away, whatever its `until`."""
    before = record_with(SUSPENDED, 2, NOW + hours * HOUR)
    if not allowed:
        with pytest.raises(EmergencyNotHigher):
            before.impose(new_sanction(new, emergency=True), has_conflict=False)
        return
    after = before.impose(new_sanction(new, emergency=True), has_conflict=False)
    last = max(hours, 24) * HOUR
    assert level_at(after, NOW + last - timedelta(milliseconds=1)).includes(SUSPENDED)
    assert level_at(after, NOW + last) is NONE


@pytest.mark.parametrize("ending", ["expired", "rejected by the proposer", "rejected by another"])
def test_r15_an_emergency_that_was_not_ratified_is_spent(ending: str) -> None:
    """The pause starts when the last emergency of the identity on this user ended, not the first one."""
    record, at = record_with(RESTRICTED, 2), NOW
    for _ in range(2):
        emergency = replace(new_sanction(BANNED, emergency=True), at=at)
        record = record.impose(emergency, has_conflict=False)
        ended_at = at + (DAY if ending == "expired" else 23 * HOUR)
        if ending == "expired":
            record = record.expire_pending(at=ended_at + HOUR)
        else:
            record = record.reject(RUI if "proposer" in ending else SHAN, emergency.id, has_conflict=False, at=ended_at)
        assert level_at(record, ended_at) is RESTRICTED
        for wait in (timedelta(hours=2), 7 * DAY - timedelta(milliseconds=1)):
            for by in (RUI, Reviewer("rui-too", RUI.identity_hash)):
                assert error_of(record, replace(emergency, by=by, at=ended_at + wait)) is EmergencyNotRatified
        assert error_of(record, replace(emergency, by=SHAN, at=ended_at + DAY)) is None
        assert error_of(record, replace(emergency, emergency=False, at=ended_at + DAY)) is None  # with a second reviewer
        at = ended_at + 7 * DAY
    assert len(record.unratified) == 1  # one entry per identity


def test_r15_the_spent_emergencies_of_several_identities_are_all_known() -> None:
    record = record_with(RESTRICTED, 2)
    for by in (RUI, TAO):
        emergency = replace(new_sanction(BANNED, emergency=True), by=by)
        record = record.impose(emergency, has_conflict=False).reject(SHAN, emergency.id, has_conflict=False, at=NOW)
    for by in (RUI, TAO):
        again = replace(new_sanction(BANNED, emergency=True), by=by, at=NOW + DAY)
        assert error_of(record, again) is EmergencyNotRatified


def test_r15_a_spent_emergency_is_not_imposed_again_by_way_of_a_proposal() -> None:
    emergency = new_sanction(BANNED, emergency=True)
    record = record_with(NONE, 1).impose(emergency, has_conflict=False).reject(RUI, emergency.id, has_conflict=False, at=NOW)
    record = record.impose(replace(emergency, emergency=False, at=NOW + DAY), has_conflict=False)
    assert record.pending
    assert error_of(record, replace(emergency, at=NOW + DAY)) is EmergencyNotRatified
    assert error_of(record, replace(emergency, at=NOW + 7 * DAY)) is None


@pytest.mark.parametrize("pending", PENDING)
def test_r14_no_reviewer_lifts_or_ratifies_alone_while_an_act_is_pending(pending: str) -> None:
    """The same request of another reviewer is no ratification, and a rejection names the act that was read."""
    act = PENDING[pending]
    record = record_with(SUSPENDED, 2).impose(replace(act, level=BANNED), has_conflict=False)
    for by in (RUI, SHAN, TAO):
        with pytest.raises(SanctionAlreadyPending):
            record.lift(by, "误判", has_conflict=False, mistake=False, at=NOW)
        assert record.reject(by, PENDING["own proposal"].id, has_conflict=False, at=NOW) == record
    assert record.pending
    assert error_of(record, replace(record.pending, by=TAO)) is SanctionAlreadyPending
    with pytest.raises(SecondReviewerRequired):
        record.ratify(Reviewer("too", act.by.identity_hash), record.pending.id, has_conflict=False, at=NOW)


def error_of(record: SanctionRecord, sanction: Sanction) -> type[DomainError] | None:
    try:
        record.impose(sanction, has_conflict=False)
    except DomainError as error:
        return type(error)
    return None


def test_r15_an_emergency_that_was_ratified_is_not_spent() -> None:
    record = record_with(NONE, 1).impose(new_sanction(MUTED, emergency=True), has_conflict=False)
    record = ratify(record, SHAN, NOW + HOUR)
    assert error_of(record, replace(new_sanction(BANNED, emergency=True), at=NOW + 2 * HOUR)) is None


def test_r15_an_own_proposal_that_becomes_an_emergency_is_ratified_within_24_hours_of_the_emergency() -> None:
    record = record_with(NONE, 1).impose(new_sanction(BANNED, emergency=False), has_conflict=False)
    record = record.impose(replace(new_sanction(BANNED, emergency=True), at=NOW + 3 * DAY), has_conflict=False)
    assert record.pending and record.pending.ratify_until == NOW + 4 * DAY
    assert level_at(ratify(record, SHAN, NOW + 4 * DAY - timedelta(milliseconds=1)), NOW + 300 * DAY) is BANNED


def test_r15_another_user_of_the_proposer_turns_the_proposal_into_an_emergency() -> None:
    """The proposer is an identity. A reviewer of another identity must ratify or reject the proposal first."""
    record = record_with(NONE, 1).impose(new_sanction(BANNED, emergency=False), has_conflict=False)
    emergency = new_sanction(BANNED, emergency=True)
    assert error_of(record, replace(emergency, by=Reviewer("rui-too", RUI.identity_hash))) is None
    assert error_of(record, replace(emergency, by=SHAN)) is SanctionAlreadyPending


def test_r15_an_emergency_with_an_earlier_end_does_not_block_proposals_afterwards() -> None:
    record = record_with(SUSPENDED, 2).impose(new_sanction(BANNED, emergency=True, until=NOW + HOUR), has_conflict=False)
    after = record.impose(Sanction(BANNED, None, "提议", SHAN, NOW + HOUR), has_conflict=False)
    assert (after.pending and after.pending.by, level_at(after, NOW + HOUR)) == (SHAN, SUSPENDED)

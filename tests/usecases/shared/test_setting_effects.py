"""A changed setting changes what the service does, for a sample of the settings of every service."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel, ValidationError

from services.chat.domain import Room
from services.chat.schemas import SendMessageRequest
from services.circles.domain.attempts import PasscodeAttempts, window_start
from services.circles.domain.blocks import Blocks
from services.circles.domain.check_ins import CheckIns
from services.circles.domain.digest import DigestPreference, next_digest_at
from services.circles.domain.export import Export, ExportKind
from services.circles.domain.health import Health
from services.circles.domain.note import Pins
from services.circles.domain.reading_activity import ReadingActivity
from services.circles.schemas import CloseCircleRequest, NoteRequest, PasscodeRequest, ScreeningRequest
from services.commerce.adapters.payments import is_signature_valid, sign_webhook
from services.commerce.domain import Listing, ListingKind, Order, OrderLine, terms_of
from services.commerce.domain.money import Money
from services.commerce.domain.party import Parties, Party
from services.commerce.schemas import OrderRequest
from services.review.domain import Profile, Reviewer, Sanction, State
from services.review.schemas.texts import next_step_texts
from services.shared.kernel.errors import DomainError
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import AuditTrail
from simulation.settings import SETTINGS, overridden
from tests.support.imaging import clean

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TRAIL = AuditTrail(salt="salt")
LISTING_ID, NOTE_IDS = "lst_01K0000000000000000000000A", [f"note_{number:026}" for number in range(100)]
LISTING = Listing("lst_1", "cir_1", "seller", ListingKind.MERCHANT, "望远镜", Money(10_000, "CNY"), 9, NOW, 1, 1)
SANCTION = Sanction(SanctionLevel.MUTED, None, "x", Reviewer("rui", "hash"), NOW, emergency=True)


def is_valid(model: type[BaseModel], **fields: Any) -> bool:
    try:
        model.model_validate(fields)
    except ValidationError:
        return False
    return True


def succeeds(call: Callable[[], Any]) -> bool:
    try:
        call()
    except DomainError:
        return False
    return True


def count(step: Callable[[Any, int], Any], state: Any, most: int = 150) -> int:
    """Return how often a step succeeds."""
    for number in range(most):
        try:
            state = step(state, number)
        except DomainError:
            return number
    return most


def order() -> Order:
    parties = Parties(Party("buyer"), Party("seller"), Party("owner"))
    return Order.reserve("ord_1", "cir_1", [OrderLine.of(LISTING, 1)], parties, ships_within=LISTING.ships_within, at=NOW)


def attempts_after(number: int) -> PasscodeAttempts:
    attempts = PasscodeAttempts("mei")
    for _ in range(number):
        attempts = attempts.add(at=NOW)
    return attempts


def thumbnail_width() -> int:
    file = io.BytesIO()
    Image.new("RGB", (900, 300)).save(file, "PNG")
    return Image.open(io.BytesIO(clean(file.getvalue(), "image/png").thumb)).width


def note(**fields: Any) -> bool:
    return is_valid(NoteRequest, text="好。", **fields)


EXPORT = Export("exp_1", "cir_1", "mei", ExportKind.OWN, NOW, NOW, 1)
HEALTH = Health(NOW, 1, 1, None, None, None, None, silent_days=10, score=0)
CHECK_INS = CheckIns("cir_1", "mei", date(2026, 11, 20), date(2026, 11, 23), (date(2026, 11, 15), date(2026, 11, 18)), 8, 4)
PROFILE = Profile(adult=True, active_days=40, level=SanctionLevel.NONE, strikes=2, circles=2)
SIGNED = sign_webhook(b"secret", b"body", NOW - 3 * timedelta(minutes=1))

# Setting, another value, what is observed, with the default and with the other value.
EFFECTS: list[tuple[str, str, Any, Callable[[], Any], Any, Any]] = [
    ("chat", "max_pins", 2, lambda: count(lambda room, seq: room.pin(seq, NOW), Room("rom_1", "cir_1", "大厅", 1)), 5, 2),
    (
        "chat",
        "max_message_length",
        10,
        lambda: is_valid(SendMessageRequest, client_msg_id="12345678", after_seq=0, text="好" * 11),
        True,
        False,
    ),
    ("circles", "max_wrong_guesses", 3, lambda: count(lambda attempts, _: attempts.add(at=NOW), PasscodeAttempts("mei")), 5, 3),
    ("circles", "guess_lock", HOUR, lambda: attempts_after(5).locked_until, NOW + HOUR / 2, NOW + HOUR),
    ("circles", "guess_window", HOUR, lambda: window_start(NOW + HOUR / 2), NOW + HOUR / 2, NOW),
    ("circles", "max_blocks", 10, lambda: count(lambda blocks, n: blocks.add(f"{n}", at=NOW), Blocks("mei")), 100, 10),
    ("circles", "max_pins", 3, lambda: count(lambda pins, n: pins.pin(f"{n}", (), at=NOW), Pins("cir_1")), 5, 3),
    ("circles", "digest_hour", 21, lambda: next_digest_at(NOW), NOW + 4 * HOUR, NOW + 5 * HOUR),
    ("circles", "quiet_from_hour", 23, lambda: DigestPreference("cir_1", "mei").quiet_from, time(22), time(23)),
    ("circles", "export_lifetime", DAY, lambda: EXPORT.is_available(NOW + 2 * DAY), True, False),
    ("circles", "dormant_after", 9 * DAY, lambda: HEALTH.is_dormant, False, True),
    (
        "circles",
        "max_notes_read_per_day",
        10,
        lambda: ReadingActivity("cir_1", "mei").record_views(dict.fromkeys(NOTE_IDS, ()), at=NOW).notes_read,
        60,
        10,
    ),
    (
        "circles",
        "regular_notes_read",
        100,
        lambda: str(ReadingActivity("cir_1", "mei", days_read=20, notes_read=120).earned_trust(10)),
        "1",
        "2",
    ),
    (
        "circles",
        "max_make_up_age",
        3 * DAY,
        lambda: succeeds(lambda: CHECK_INS.make_up_day(date(2026, 11, 19), at=NOW)),
        True,
        False,
    ),
    ("circles", "passcode_lifetime", 5 * HOUR, lambda: PasscodeRequest.model_validate({}).lifetime, 72 * HOUR, 5 * HOUR),
    ("circles", "max_passcode_uses", 60, lambda: is_valid(PasscodeRequest, max_uses=70), True, False),
    ("circles", "closing_notice", 10 * DAY, lambda: CloseCircleRequest.model_validate({}).notice_days, 30, 10),
    ("circles", "min_closing_notice", 3 * DAY, lambda: is_valid(CloseCircleRequest, notice_days=5), False, True),
    ("circles", "max_tags", 1, lambda: note(tags=["观鸟", "徒步"]), True, False),
    ("circles", "max_cards", 0, lambda: note(listings=[LISTING_ID]), True, False),
    ("circles", "max_note_length", 100, lambda: is_valid(NoteRequest, text="好" * 101), True, False),
    (
        "circles",
        "max_screening_questions",
        1,
        lambda: is_valid(ScreeningRequest, rules="友善。", questions=["为什么？", "多久？"]),
        True,
        False,
    ),
    ("circles", "thumbnail_pixels", 100, thumbnail_width, 480, 100),
    ("commerce", "reservation_lifetime", HOUR, lambda: order().due_at, NOW + HOUR / 4, NOW + HOUR),
    ("commerce", "merchant_platform_share", 1000, lambda: order().shares.platform.amount, 500, 1000),
    ("commerce", "c2c_return_window", DAY, lambda: terms_of(ListingKind.C2C).return_window, 7 * DAY, DAY),
    (
        "commerce",
        "max_quantity",
        50,
        lambda: is_valid(OrderRequest, listing_id=LISTING_ID, revision=1, quantity=20),
        False,
        True,
    ),
    (
        "commerce",
        "webhook_tolerance",
        timedelta(minutes=2),
        lambda: is_signature_valid(SIGNED, [b"secret"], b"body", NOW),
        True,
        False,
    ),
    ("review", "max_circles", 2, lambda: succeeds(PROFILE.require_can_own), True, False),
    ("review", "max_strikes", 1, lambda: succeeds(PROFILE.require_can_own), True, False),
    ("review", "min_active_days", 50, lambda: succeeds(PROFILE.require_adult_and_active), True, False),
    ("review", "appeal_period", 5 * DAY, lambda: "within 5 days" in next_step_texts(State.REJECTED)[0], False, True),
    ("review", "emergency_period", HOUR, lambda: SANCTION.ratify_until, NOW + DAY, NOW + HOUR),
    ("review", "proposal_period", HOUR, lambda: replace(SANCTION, emergency=False).ratify_until, NOW + 7 * DAY, NOW + HOUR),
]


@pytest.mark.parametrize(
    ("service", "name", "value", "observe", "default", "changed"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]}") for row in EFFECTS],
)
def test_a_changed_setting_changes_what_the_service_does(
    service: str, name: str, value: Any, observe: Callable[[], Any], default: Any, changed: Any
) -> None:
    assert observe() == default
    with overridden(SETTINGS[service], **{name: value}):
        assert observe() == changed
    assert observe() == default

"""What events of other services change in the circles service: one function per event class.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from services.circles.domain import Circle, CircleState
from services.circles.repository import circles, identities
from services.circles.usecases.campaign_stages import record_active, record_order, record_suspicion
from services.circles.usecases.circles import change_circle, provision_circle, remove_owner, update_owner_status
from services.circles.usecases.deletions import add_deletion_check, add_user_erased
from services.circles.usecases.exports import add_exported_parts
from services.circles.usecases.identities import apply_bans_to_user
from services.circles.usecases.ownership import record_offer_response, transfer_ownership
from services.circles.usecases.passcodes import end_passcodes_of_user
from services.circles.usecases.ports import Ports
from services.circles.usecases.receipts import update_receipt
from services.circles.usecases.take_downs import (
    take_circle_page_down,
    take_comment_down,
    take_note_down,
    take_picture_down,
    take_profile_down,
)
from services.circles.usecases.teasers import rename_teaser
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountVerified,
    CircleNameChanged,
    DeletionChecked,
    ListingChanged,
    MemberActive,
    OrderChanged,
    OrderSuspected,
    OwnerRemoved,
    PartsExported,
    ReceiptChanged,
    ReviewerChanged,
    SeatGranted,
    SuccessionDecided,
    TakeDownChanged,
    UserErased,
)
from services.shared.security.account_status import SanctionLevel, account_status_of_event, put_account_status
from services.shared.security.reviewers import put_reviewer
from services.shared.security.violations import Violation
from services.shared.table.cards import put_product_card

# What takes content down, by the kind of its case. Each is the use case of one kind.
TAKE_DOWNS = {
    "note": take_note_down,
    "picture": take_picture_down,
    "comment": take_comment_down,
    "profile": take_profile_down,
    "circle_page": take_circle_page_down,
}


def apply_seat_granted(ports: Ports, event: SeatGranted) -> None:
    """Create the circle of the granted seat."""
    provision_circle(ports, event.data)


def apply_owner_removed(ports: Ports, event: OwnerRemoved) -> None:
    """Remove the owner of a circle.

    Raises: CircleNotFound (the event is delivered again, until the circle exists).
    """
    remove_owner(ports, derive_id("cir", event.data.application_id), event.data.owner_id)


def apply_circle_name_changed(ports: Ports, event: CircleNameChanged) -> None:
    """Store the name of a circle if it is newer, and why its own name is down; then show the name on the circle's teaser.

    Raises: CircleNotFound (the event is delivered again, until the circle exists).
    """
    circle_id, name, version = event.data.circle_id, event.data.circle_name, event.entity_version
    violation = Violation.of(event.data.violation) if event.data.violation else None

    def change(circle: Circle) -> Circle:
        return circle.apply_name_changed(name, violation, version, at=ports.clock())

    change_circle(ports, circle_id, change, publish=True)
    rename_teaser(ports, circle_id)


def apply_succession_decided(ports: Ports, event: SuccessionDecided) -> None:
    """Transfer the circle if reviewers approved the offer; otherwise record the response.

    Unchanged if the offer is no longer open.
    """
    data = event.data
    if data.state == "approved":
        transfer_ownership(ports, data.circle_id, data.succession_id)
    else:
        record_offer_response(ports, data.circle_id, data.succession_id, accepted=data.state == "accepted")


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Store a user's account status if it is newer, and copy it to the circles that the user owns.

    A suspension also ends the passcodes that the user issued, for good. A late event of it does so too.
    """
    put_account_status(ports.table, event)
    status = account_status_of_event(event)
    if status.level.includes(SanctionLevel.SUSPENDED):
        end_passcodes_of_user(ports, event.data.user_id, event.entity_version)
    for circle_id in circles.list_owned_circle_ids(ports.table, event.data.user_id):
        update_owner_status(ports, circle_id, event.data.user_id, status, event.entity_version)


def apply_account_verified(ports: Ports, event: AccountVerified) -> None:
    """Store a user's identity, and apply its bans to the user and the user's bans to it."""
    identities.put_identity(ports.table, event)
    apply_bans_to_user(ports, event.data.user_id, event.data.identity_id)


def apply_reviewer_changed(ports: Ports, event: ReviewerChanged) -> None:
    """Store whether a user is an enrolled reviewer, who can read about users."""
    put_reviewer(ports.table, event)


def apply_listing_changed(ports: Ports, event: ListingChanged) -> None:
    """Store a listing for product cards, unless its circle is closed."""
    circle = circles.find_circle(ports.table, event.data.circle_id)
    if circle is None or circle.state is not CircleState.CLOSED:
        put_product_card(ports.table, event)


def apply_receipt_changed(ports: Ports, event: ReceiptChanged) -> None:
    """Store what a buyer has received and kept if it is newer, and give or take the badge of the notes that show it."""
    update_receipt(ports, event)


def apply_parts_exported(ports: Ports, event: PartsExported) -> None:
    """Add the files of another service to the data export."""
    add_exported_parts(ports, event)


def apply_take_down_changed(ports: Ports, event: TakeDownChanged) -> None:
    """Take content of this service down, or end its take-down. Cases of other services, and of other kinds, change nothing.

    The name of a circle is reported here, and taken down by review: CircleNameChanged has the name to show.
    """
    take_down = TAKE_DOWNS.get(event.data.kind) if event.data.service == "circles" else None
    if take_down:
        take_down(ports, event)


def apply_deletion_checked(ports: Ports, event: DeletionChecked) -> None:
    """Add what commerce found to the check of a deletion; schedule the deletion or begin it if nothing must be finished."""
    add_deletion_check(ports, event)


def apply_member_active(ports: Ports, event: MemberActive) -> None:
    """Record that a person of a campaign wrote in the chats of its circle."""
    record_active(ports, event)


def apply_order_changed(ports: Ports, event: OrderChanged) -> None:
    """Record that a person of a campaign has paid an order in its circle."""
    record_order(ports, event)


def apply_order_suspected(ports: Ports, event: OrderSuspected) -> None:
    """Record that an order of a person of a campaign does not count, or counts again."""
    record_suspicion(ports, event)


def apply_user_erased(ports: Ports, event: UserErased) -> None:
    """Record that another service has erased a user."""
    add_user_erased(ports, event)

"""What campaigns store of the users of the filled circle: consent, interests, and that one of another circle found them."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain.campaign import Recipient
from services.circles.repository.recipients import contact_writes, put_recipient
from services.circles.settings import settings
from services.shared.security.auth import Caller
from services.shared.table.versioned import apply
from simulation.setup.requests import change

INVITING, CAMPAIGN = "cir_01KJY2E1KX7BMZ758QWDX6V9QC", "cmp_01KJY2E1KX7BMZ758QWDX6V9QC"


def consent(ports: circles.Ports, user: Caller) -> None:
    """Consent, so that what the user reads from now on becomes interests."""
    circles.set_campaign_consent(ports, user, change(0), True, settings().campaign_consent_revision)


def find_by_campaign(ports: circles.Ports, user: Caller) -> None:
    """Store that a campaign found the user and sent its message."""
    choice, at = circles.get_campaign_consent(ports, user).choice, ports.clock()
    found = Recipient(INVITING, CAMPAIGN, user.user_id, user.user_id, choice, 0, 1)
    put_recipient(ports.table, found.notify(at=at), ())
    apply(ports, *contact_writes([user.user_id], at))

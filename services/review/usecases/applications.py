"""Applications: what an applicant does with them, and how an application is read."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from functools import partial

from services.review.domain import Appeal, Application, Content, Reason, Reviewer, State
from services.review.domain.permissions import can_read_application
from services.review.errors import ApplicationNotFound
from services.review.repository import applications
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.circle_names import release_name
from services.review.usecases.identities import link_identity
from services.review.usecases.near_copies import flag_near_copies
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import get_profile, load_person
from services.review.usecases.reviewers import find_reviewer
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ApplicationSubmitted
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.security.vault import MAX_BYTES
from services.shared.table.creating import create
from services.shared.table.port import Write
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, update


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What is stored encrypted: the applicant's masked name and the links to their evidence."""

    masked_name: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationInput:
    """The content and links that an applicant sends.

    `real_name_token` is empty until the applicant has one.
    """

    content: Content
    evidence: tuple[str, ...]
    real_name_token: str


def create_application(ports: Ports, caller: Caller, key: IdempotencyKey, form: ApplicationInput) -> Application:
    """Create an application as a draft, and return it.

    A retry with the same key returns the existing draft.

    Cost: 4 write units and 1 read unit; 2 with a real-name token, and 6 write units if the token links the user to an
    identity for the first time.
    Raises: Invalid (the real-name token or the length of the links), KeyReused, RateLimitReached.
    """
    application_id = key.id("app")

    def build() -> Application:
        at = ports.clock()
        version = next_version(0, at)
        content, encrypted_data, (adult, days) = _prepare(ports, caller, application_id, form)
        return Application(
            id=application_id,
            applicant=caller.user_id,
            cohort=settings().cohort,
            content=content,
            created_at=at,
            version=version,
            applicant_version=version,
            trail=AuditTrail(salt=ports.new_id("salt")),
            adult=adult,
            active_days=days,
            encrypted_data=encrypted_data,
        )

    slot = Slot.of_key(ports, key, settings().rate("application"))
    return create(ports, key, slot, applications.APPLICATIONS, applications.application_key(application_id), build)


def update_application(
    ports: Ports, caller: Caller, application_id: str, request: ChangeRequest, form: ApplicationInput
) -> Application:
    """Replace the content of a draft, or start a new revision of a submitted application.

    The previous revision is stored beside the new one. Claim and deadline stay; decisions do not, and one about the previous
    revision raises ApplicationChanged.
    Unchanged if the request was applied before.

    Raises: ApplicationNotFound, PreconditionFailed (edited since the caller read it), ApplicationNotOpen, EditLimitReached,
    Invalid (fields are missing, or the token is about another person), ApplicantNotAdult, ActiveDaysInsufficient, KeyReused,
    RateLimitReached.
    """

    def change(before: Application) -> Application | Changed[Application]:
        after = before.edit(*_prepare(ports, caller, application_id, form), at=ports.clock())
        if before.revision == after.revision:
            return after
        person = load_person(ports, caller.user_id, after.content.identity_hash)
        get_profile(ports, person, after.adult, after.active_days).require_adult_and_active()
        return Changed(flag_near_copies(ports, after), also=[applications.append_revision(before)])

    load = partial(_load_own, ports, caller, application_id)
    return update(ports, load, change, request=request, version_of=lambda application: application.applicant_version)


def submit_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Submit a draft, or resubmit an application after a question, and return it.

    An identity has one open application. A draft reserves that slot in the same transaction, so of two submissions at once
    one succeeds. Unchanged if the application is submitted already.

    Cost: 13 write units and 11 read units; 6 and 8 after a question. The text and each link are compared with rejected ones.
    Raises: ApplicationNotFound, ApplicationNotOpen, ResponsePeriodExpired, Invalid (fields are missing), RealNameMissing,
    ApplicantNotAdult, ActiveDaysInsufficient, ApplicantSanctioned, StrikeLimitReached, CircleLimitReached,
    ApplicationAlreadyOpen, CoolDownActive, ApplicationLimitReached.
    """

    def change(before: Application) -> Application | Changed[Application]:
        if before.state is State.SUBMITTED:
            return before
        after = before.submit(at=ports.clock())
        slot = _reserve_slot(ports, caller, after) if before.state is State.DRAFT else []
        return Changed(flag_near_copies(ports, after), [ApplicationSubmitted], slot)

    return update(ports, partial(_load_own, ports, caller, application_id), change)


def withdraw_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Withdraw an application, and return it. On the waitlist it releases the circle's name. Unchanged if it is withdrawn.

    Cost: 11 write units and 1.5 read units.
    Raises: ApplicationNotFound, ApplicationNotOpen.
    """

    def change(before: Application) -> Application | Changed[Application]:
        if before.state is State.WITHDRAWN:
            return before
        return Changed(before.withdraw(at=ports.clock()), also=release_name(before))

    return update(ports, partial(_load_own, ports, caller, application_id), change)


def appeal_application(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, cites: Reason, statement: str
) -> Application:
    """Appeal a rejection once, against one of its reasons, and return the application.

    Reviewers who decided before cannot decide the appeal. The application takes the applicant's slot again.
    Unchanged if the request was applied before (same key, same body).

    Cost: 16 write units and 5 read units, if the applicant was verified under 2 identities.
    Raises: ApplicationNotFound, ApplicationNotOpen, ApplicationAlreadyAppealed, AppealPeriodExpired, ApplicationAlreadyOpen
    (another one is open), Invalid (not a reason of the decision), KeyReused.
    """

    def change(before: Application) -> Changed[Application]:
        after = before.submit_appeal(Appeal(cites, statement, ports.clock()))
        person = load_person(ports, caller.user_id, after.content.identity_hash)
        applicant = person.applicant.entity.reserve_slot_for_appeal(after, person.other_applicants)
        return Changed(after, [ApplicationSubmitted], person.write(ports, applicant))

    load = partial(_load_own, ports, caller, application_id)
    return update(ports, load, change, request=ChangeRequest.of_key(key, rate=None))  # an application is appealed once


def get_application(ports: Ports, caller: Caller, application_id: str) -> tuple[Application, PersonalData]:
    """Return an application with its personal data, to its applicant, a reviewer or an operator.

    A reviewer's or operator's access to personal data is limited per hour and is recorded before the data is returned.

    Cost: 1.5 read units for the applicant; 3 write units and 6 read units for a reviewer.
    Raises: ApplicationNotFound (also for a draft of another user), ConflictOfInterest, ReadLimitReached.
    """
    application = applications.get_application(ports.table, application_id)
    if application.applicant != caller.user_id:
        reviewer = find_reviewer(ports, caller)
        if not can_read_application(application, caller, reviewer):
            raise ApplicationNotFound
        reader = reviewer or Reviewer(caller.user_id, "")
        record_access(ports, reader, application_id, {application.applicant})
    return application, _open_personal_data(ports, application)


def list_applications(ports: Ports, caller: Caller, page: PageRequest) -> Page[Application]:
    """Return a page of at most 20 of the caller's own applications, newest first.

    Cost: 21 read units for 20.
    """
    return applications.list_applications(ports.table, caller.user_id, page)


def _open_personal_data(ports: Ports, application: Application) -> PersonalData:
    if not application.encrypted_data:
        return PersonalData()
    masked_name, evidence = json.loads(ports.vault.decrypt(application.encrypted_data, application.id))
    return PersonalData(masked_name, tuple(evidence))


def _load_own(ports: Ports, caller: Caller, application_id: str) -> Versioned[Application]:
    loaded = applications.load_application(ports.table, application_id)
    if loaded.entity.applicant != caller.user_id:
        raise ApplicationNotFound
    return loaded


def _prepare(
    ports: Ports, caller: Caller, application_id: str, form: ApplicationInput
) -> tuple[Content, str, tuple[bool, int]]:
    """Return the content, the encrypted personal data, and the verifier's statement of age and activity.

    The content holds keyed hashes of the links, to find links that are used again; the links themselves are encrypted.
    """
    identity_hash, masked_name, activity = "", "", (False, 0)
    if form.real_name_token:
        statement, identity_hash = link_identity(ports, caller.user_id, form.real_name_token)
        masked_name = statement.masked_name
        activity = (statement.adult, statement.active_days)
    hashes = tuple(
        hmac.new(ports.identity_keys.newest, link.encode(), hashlib.sha256).hexdigest()[:24] for link in form.evidence
    )
    content = replace(form.content, evidence=hashes, identity_hash=identity_hash)
    if not (masked_name or form.evidence):
        return content, "", activity
    personal_data = json.dumps([masked_name, form.evidence], ensure_ascii=False)
    if len(personal_data.encode()) > MAX_BYTES:
        raise Invalid(fields=(FieldError("/evidence", "too-long-in-total"),))
    return content, ports.vault.encrypt(personal_data, application_id), activity


def _reserve_slot(ports: Ports, caller: Caller, application: Application) -> list[Write]:
    """Return the writes that make this the person's open application. Raises: the errors of `require_eligible`."""
    person = load_person(ports, caller.user_id, application.content.identity_hash)
    get_profile(ports, person, application.adult, application.active_days).require_eligible()
    after = person.applicant.entity.reserve_slot(application, person.other_applicants, at=ports.clock())
    return person.write(ports, after)

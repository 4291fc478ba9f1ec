"""A small second implementation of the rules for members and passcodes, which the state machine compares with the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.circles import errors
from services.shared.kernel.errors import CallerMuted, DomainError, Invalid
from simulation.users import user_id
from tests.usecases.circles.passcode_model import PasscodeModel

RANK = {"owner": 4, "co_owner": 3, "moderator": 2, "buyer": 1, "member": 0}
READ, INVITE, MODERATE, GOVERN, OWN = range(5)  # the ranks that the actions need
MAX_USES_OF_REGULAR = 5
PRESENT, ABSENT = ("member", "answers", "approval"), ("", "left", "kicked", "banned")
FULL_WIDTH = {symbol: symbol + 0xFEE0 for symbol in range(0x21, 0x7F)}
WRONG, UNCLEAR = "ABCD-EFGH-JKMN", ["没有口令", "ABCD-EFGH", "ABCD-EFGH-JKMN ABCD-EFGH-JKMP"]
PASTED_TEXTS = ["{}", "  {}\n", "口令：{}。", "快来！{} 一起看鸟", "【{}】", "{0}，再说一次：{0}"]
Error = type[DomainError] | None
SanctionModel = tuple[str, str, datetime | None]  # kind, by, until
Imposed = tuple[SanctionModel, int, datetime]  # with the rank of its imposer, and the end of its effect
FOREVER, KICK_COOLDOWN = datetime(9999, 1, 1, tzinfo=UTC), timedelta(days=30)
Screening = tuple[str, tuple[str, ...], bool]  # rules, questions, approval

# What the machine chooses from.
ACTIONS: dict[str, tuple[int, tuple[str, ...]]] = {  # the rank that it needs, and the usual statuses of its target
    "join": (READ, (*ABSENT, "answers", "approval")),
    "fail_to_join": (READ, ABSENT),
    "issue": (INVITE, ()),
    "rotate": (MODERATE, ()),
    "revoke": (MODERATE, ()),
    "set_screening": (GOVERN, ()),
    "answer": (READ, ("answers",)),
    "approve": (MODERATE, ("approval",)),
    "leave": (READ, PRESENT),
    "post": (READ, ("member",)),
    "sanction": (MODERATE, PRESENT),
    "lift_sanctions": (MODERATE, ("member", "banned")),
    "set_role": (GOVERN, ("member",)),
    "transfer": (OWN, ("member",)),
    "handle_stream": (READ, ()),
    "pass_time": (READ, ()),
}
FREQUENT = ["join", "join", "answer", "approve", "sanction", "set_role"]
USERS = ["lin", "mei", "hao", "yan", "shan", "qiu"]  # the first is the owner
USES, HOURS, GRACES = [1, 2, MAX_USES_OF_REGULAR, MAX_USES_OF_REGULAR + 1], [1, 20, 24, 72], [0, 1, 24, 72]
SCREENINGS = [
    None,
    *((rules, asked, approval) for rules in ("甲", "乙") for asked in ((), ("？", "？")) for approval in (False, True)),
]
KINDS, DAYS = ("mute", "mute", "kick", "ban", "ban", "ban", "mute", "ban"), (1, 3, 0, 1, 3, 0, -1, -1)
SANCTIONS = list(zip(KINDS, DAYS, strict=True))  # 0 days: no end
ROLES = ["moderator", "co_owner", "buyer", "member", "moderator", "co_owner", "owner", "regular"]
PAUSES = [{"minutes": 1}, {"minutes": 31}, {"hours": 1}, {"hours": 20}, {"days": 1}, {"days": 3}]


def pasted(passcode: str, shape: int) -> str:
    """Return a passcode as a phone may paste it."""
    variants = (
        passcode,
        passcode.lower(),
        passcode.replace("-", ""),
        passcode.replace("-", " "),
        passcode.translate(FULL_WIDTH),
        passcode.replace("0", "o").replace("1", "l"),
    )
    return PASTED_TEXTS[shape // len(variants) % len(PASTED_TEXTS)].format(variants[shape % len(variants)])


@dataclass
class UserModel:
    """A user and their membership. Each action returns the expected error, or applies its effect and returns None.

    state: empty if the user never joined. exclusions: the kick or ban that ended the membership, and those of higher ranks
    that it adds to; mutes: the same for a mute.
    is_approved: whether a moderator approved the user after their passcode was quarantined.
    The order of checks is that of the service: first the actor's permission, then the target.
    """

    name: str
    id: str = field(init=False)
    state: str = ""
    role: str = "member"
    pending_step: str = ""
    passcode: PasscodeModel | None = None
    joined_at: datetime | None = None
    exclusions: list[Imposed] = field(default_factory=list)
    mutes: list[Imposed] = field(default_factory=list)
    role_set_at: datetime | None = None
    is_approved: bool = False
    audit_length: int = 0
    rights_ended: int = 0

    def __post_init__(self) -> None:
        self.id = user_id(self.name)

    @property
    def joined_with(self) -> tuple[str, str]:
        """The id of the passcode, and its issuer."""
        return (self.passcode.id, self.passcode.issuer) if self.passcode else ("", "")

    @property
    def status(self) -> str:
        """The state, or the pending step of a pending member."""
        return self.pending_step if self.state == "pending" else self.state

    @property
    def rank(self) -> int:
        return RANK[self.role]

    @property
    def is_active(self) -> bool:
        return self.state == "member"

    @property
    def sanction(self) -> SanctionModel | None:
        return self.exclusions[0][0] if self.exclusions else None

    @property
    def mute(self) -> SanctionModel | None:
        return self.mutes[0][0] if self.mutes else None

    def is_excluded(self, now: datetime) -> bool:
        return self.state in ("banned", "kicked") and any(end > now for _, _, end in self.exclusions)

    def is_muted(self, now: datetime) -> bool:
        return any(end > now for _, _, end in self.mutes)

    def error_below(self, rank: int) -> Error:
        """Return the error for an action that needs this rank."""
        if not self.is_active:
            return errors.CircleNotFound
        return None if self.rank >= rank else errors.RoleNotAllowed

    def error_while_muted(self, rank: int, now: datetime) -> Error:
        """Return the error for an action that needs this rank and that a mute denies."""
        return CallerMuted if self.is_active and self.is_muted(now) else self.error_below(rank)

    def issue(self, uses: int) -> Error:
        return self.error_below(INVITE if uses <= MAX_USES_OF_REGULAR else MODERATE)

    def post(self, now: datetime) -> Error:
        return self.error_while_muted(READ, now)

    def leave(self) -> Error:
        if self.status not in PRESENT:
            return errors.CircleNotFound
        if self.role == "owner":
            return errors.OwnerCannotLeave
        self.enter("left")
        return None

    def be_approved(self, by: UserModel, now: datetime) -> Error:
        if error := by.error_while_muted(MODERATE, now):
            return error
        if self.is_active:
            return None
        if self.state != "pending":
            return errors.MemberNotFound
        if self.pending_step != "approval":
            return errors.ScreeningNotAnswered
        self.state, self.pending_step, self.audit_length = "member", "", self.audit_length + 1
        self.is_approved = self.passcode is not None and self.passcode.quarantined is not None
        return None

    def be_sanctioned(self, sanction: SanctionModel, by: UserModel, now: datetime) -> Error:
        kind, _, until = sanction
        is_late = Invalid if until and until <= now else None
        if error := by.error_while_muted(MODERATE, now) or is_late or self.error_not_outranked(by):
            return error
        end = now + KICK_COOLDOWN if kind == "kick" else until or FOREVER
        current = self.mutes if kind == "mute" else self.exclusions
        above = _above(current, by.rank, now)
        if any(end < other for _, _, other in above):
            return errors.RoleNotAllowed
        if current and current[0][:2] == (sanction, by.rank):
            return None
        if kind != "ban" and self.status not in PRESENT:
            return errors.MemberNotFound
        self.audit_length += 1
        if kind == "mute":
            self.mutes = [(sanction, by.rank, end), *above]
        else:
            self.enter({"kick": "kicked", "ban": "banned"}[kind])
            self.exclusions = [(sanction, by.rank, end), *above]
            self.pending_step = self.pending_step if self.pending_step == "approval" else ""
        return None

    def have_sanctions_lifted(self, by: UserModel, now: datetime) -> Error:
        if error := by.error_while_muted(MODERATE, now) or self.error_not_outranked(by):
            return error
        is_excluded = self.is_excluded(now)
        in_force = [*self.mutes[: self.is_muted(now)], *self.exclusions[:is_excluded]]
        if not in_force:
            return None
        if all(rank > by.rank for _, rank, _ in in_force):
            return errors.RoleNotAllowed
        self.mutes, self.audit_length = _above(self.mutes, by.rank, now), self.audit_length + 1
        if is_excluded:
            self.exclusions = _above(self.exclusions, by.rank, now)
            self.state = {"": "left", "kick": "kicked", "ban": "banned"}[self.sanction[0] if self.sanction else ""]
        return None

    def set_role(self, role: str, by: UserModel, now: datetime) -> Error:
        if error := by.error_while_muted(GOVERN, now) or self.error_not_outranked(by):
            return error
        if RANK.get(role, by.rank) >= by.rank:
            return errors.RoleNotAllowed
        if not self.is_active:
            return errors.MemberNotFound
        self.rights_ended += _issuing_level(role) < _issuing_level(self.role)
        self.audit_length += role != self.role
        if RANK[role] < self.rank:
            self.role, self.role_set_at = role, now
        return None

    def take_on(self, role: str, now: datetime) -> None:
        """Accept a higher role, which was just proposed."""
        self.role, self.role_set_at, self.audit_length = role, now, self.audit_length + 1

    def be_offered_circle(self, by: UserModel, now: datetime) -> Error:
        """In this model only an assigned role makes a user more than a newcomer, so ordinary members are not eligible."""
        if error := by.error_below(OWN):
            return error
        not_eligible = self is by or not self.is_active or self.role == "member" or self.is_muted(now)
        return errors.CandidateNotEligible if not_eligible else None

    def become_owner(self, before: UserModel, now: datetime) -> None:
        self.role, before.role, self.role_set_at, before.role_set_at = "owner", "co_owner", now, now
        self.audit_length, before.audit_length = self.audit_length + 1, before.audit_length + 1

    def error_not_outranked(self, by: UserModel) -> Error:
        if not self.state:
            return errors.MemberNotFound
        return errors.RoleNotAllowed if self.rank >= by.rank else None

    def enter(self, state: str) -> None:
        self.state, self.role, self.rights_ended = state, "member", self.rights_ended + 1

    def apply_quarantine(self) -> None:
        """Wait for approval if the passcode is quarantined: happens when the stream is handled."""
        quarantined = self.passcode.quarantined if self.passcode else None
        is_affected = self.status in ("member", "answers") and not self.is_approved
        if not self.passcode or not quarantined or (self.role_set_at and self.role_set_at > quarantined[0]):
            return
        if is_affected and self.rank < self.passcode.quarantined_rank:
            self.enter("pending")
            self.pending_step, self.audit_length = "approval", self.audit_length + 1


def _issuing_level(role: str) -> int:
    return min(RANK[role], MODERATE)


def _above(imposed: list[Imposed], rank: int, now: datetime) -> list[Imposed]:
    """What a higher rank imposed and is in force."""
    return [one for one in imposed if one[1] > rank and one[2] > now]

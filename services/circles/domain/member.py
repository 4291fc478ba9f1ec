"""Membership: how it begins and ends, and what happens between. The row stays for good: a ban sticks to the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.circles.domain.passcode import FEW_USES, Passcode
from services.circles.domain.roles import GIVEN, ORDINARY, PERMISSIONS, Action, Role, Trust
from services.circles.domain.sanction import Sanction, SanctionKind
from services.circles.domain.screening import Awaits, Screening
from services.circles.errors import CircleNotFound, MemberNotFound, NotAllowed, NotAnswered, OwnerCannotLeave, PasscodeRejected
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import Muted
from services.shared.security.audit import AuditTrail

DISTRUST = timedelta(days=14)  # from the end of a sanction
KNOWN_AFTER = timedelta(days=1)


class MemberState(StrEnum):
    PENDING = "pending"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Member:
    """A person's standing in one circle; `passcode_id` is the passcode that let them in, `invited_by` who issued it. `sanction` is
    the kick or ban that put them out; a `mute` is beside it, and outlasts leaving and coming back. `awaits` is what a pending
    member waits for; whoever leaves while they wait to be let in waits again when they come back. `role` is what was given:
    of an ordinary member, `trust` tells more, and `distrusted_until` how long a sanction keeps it down.
    `asked` is what somebody said who knocked instead of bringing a code: they are let in by hand."""

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: datetime
    version: int
    trail: AuditTrail
    passcode_id: str = ""
    invited_by: str = ""
    sanction: Sanction | None = None
    mute: Sanction | None = None
    awaits: Awaits | None = None
    admitted_at: datetime | None = None
    answers: tuple[str, ...] = ()
    trust: Trust = Trust.NEWCOMER
    distrusted_until: datetime | None = None
    asked: str = ""
    forgotten: bool = False

    @property
    def acts_as(self) -> Role:
        return ORDINARY[self.trust] if self.role is Role.MEMBER else self.role

    @property
    def is_in(self) -> bool:
        return self.state is MemberState.MEMBER

    def require(self, action: Action) -> None:
        """CircleNotFound for who is not in; NotAllowed for a role that may not."""
        if not self.is_in:
            raise CircleNotFound
        if not self.may(action):
            raise NotAllowed

    def may(self, action: Action) -> bool:
        return self.is_in and action in PERMISSIONS[self.acts_as]

    def require_issue(self, max_uses: int) -> None:
        """Regulars invite a few friends; whoever keeps order issues passcodes of any size."""
        self.require(Action.INVITE)
        if max_uses > FEW_USES:
            self.require(Action.ISSUE_PASSCODE)

    def be_trusted(self, level: Trust, *, at: datetime) -> Member:
        """Rise or fall to what reading and being liked have earned; not on the first day, and not while a
        sanction is fresh."""
        fresh = at - self.joined_at < KNOWN_AFTER
        if fresh or (self.distrusted_until and at < self.distrusted_until):
            level = Trust.NEWCOMER
        return self if level is self.trust else replace(self, trust=level, version=next_version(self.version, at))

    def require_not_muted(self, at: datetime) -> None:
        if self.muted(at):
            raise Muted

    def muted(self, at: datetime) -> Sanction | None:
        """The mute they are under."""
        return self.mute if self.mute and self.mute.holds(at) else None

    @property
    def is_pending(self) -> bool:
        return self.state is MemberState.PENDING

    def come_in(self, passcode_id: str, invited_by: str, screening: Screening | None, *, at: datetime) -> Member:
        """In by a passcode, for the first time or again, as an ordinary member: at once, or pending where newcomers are
        screened. A ban's end is read from the clock: no job has to lift it."""
        if self.is_banned(at):
            raise PasscodeRejected
        awaits = self.awaits if self.awaits is Awaits.ADMISSION else Awaits.ANSWERS if screening else None
        state = MemberState.PENDING if awaits else MemberState.MEMBER
        after = replace(self, role=Role.MEMBER, state=state, awaits=awaits, joined_at=at, sanction=None)
        after = replace(after, passcode_id=passcode_id, invited_by=invited_by, asked="")
        return replace(after, version=next_version(self.version, at))

    def ask_in(self, words: str, screening: Screening | None, *, at: datetime) -> Member:
        """Pending without a code: to answer first where newcomers are screened, then to be let in by hand. Who once invited
        them stays known."""
        awaits = Awaits.ANSWERS if screening and self.awaits is not Awaits.ADMISSION else Awaits.ADMISSION
        after = replace(self, role=Role.MEMBER, state=MemberState.PENDING, awaits=awaits, asked=words, joined_at=at)
        after = replace(after, sanction=None, passcode_id="")
        return replace(after, version=next_version(self.version, at))

    def is_kept_out(self, at: datetime, turned_away_for: timedelta) -> bool:
        """Banned, or put out a short while ago: knocking again changes nothing."""
        kicked = self.sanction if self.state is MemberState.KICKED else None
        return self.is_banned(at) or (kicked is not None and at < kicked.at + turned_away_for)

    def answer(self, screening: Screening | None, revision: int, answers: tuple[str, ...], *, at: datetime) -> Member:
        """Agree to the rules and answer the questions. Then one is in, unless who keeps order lets everybody in by hand. Where
        nothing is asked any more, nothing is checked."""
        if not self.is_pending:
            raise CircleNotFound
        if screening:
            screening.check(revision, answers)
        if self.awaits is Awaits.ADMISSION or self.asked or (screening and screening.approval):
            if (self.awaits, self.answers) == (Awaits.ADMISSION, answers):
                return self
            return replace(self, awaits=Awaits.ADMISSION, answers=answers, version=next_version(self.version, at))
        after = replace(self, state=MemberState.MEMBER, awaits=None, answers=answers)
        return replace(after, version=next_version(self.version, at))

    def admit(self, by: Member, *, at: datetime) -> Member:
        """Let in who has answered. Letting in who is in changes nothing."""
        by.require(Action.ADMIT)
        if self.is_in:
            return self
        if not self.is_pending:
            raise MemberNotFound
        if self.awaits is Awaits.ANSWERS:
            raise NotAnswered
        trail = self.trail.extend("admit", actor=by.user_id, at=at)
        after = replace(self, state=MemberState.MEMBER, awaits=None, asked="", admitted_at=at, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def quarantine(self, passcode: Passcode, *, at: datetime) -> Member:
        """Whoever came in by a code that got about waits to be let in anew, as an ordinary member; who was let in since then
        stays in, and so does whom they brought by codes of their own."""
        since, by = passcode.quarantined_at, passcode.quarantined_by
        cleared = since is None or (self.admitted_at is not None and self.admitted_at > since)
        waits = self.is_pending and self.awaits is Awaits.ADMISSION
        ruling = self.role is Role.OWNER
        if self.passcode_id != passcode.id or ruling or cleared or waits or not (self.is_in or self.is_pending):
            return self
        trail = self.trail.extend("quarantine", actor=by, at=at, code=passcode.id)
        after = replace(self, role=Role.MEMBER, state=MemberState.PENDING, awaits=Awaits.ADMISSION, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def is_banned(self, at: datetime) -> bool:
        ban = self.sanction if self.state is MemberState.BANNED else None
        return ban is not None and ban.holds(at)

    def leave(self, *, at: datetime) -> Member:
        if self.role is Role.OWNER:
            raise OwnerCannotLeave
        return replace(self, role=Role.MEMBER, state=MemberState.LEFT, version=next_version(self.version, at))

    def may_take_over(self, at: datetime) -> bool:
        """Whom a circle can be offered to: somebody whom it knows, and who is not silenced here."""
        return self.may(Action.SPEAK_FREELY) and not self.muted(at)

    def take_over(self, *, at: datetime) -> Member:
        trail = self.trail.extend("owner", actor=self.user_id, at=at)
        return replace(self, role=Role.OWNER, trail=trail, version=next_version(self.version, at))

    def step_down(self, stays_on: bool, *, at: datetime) -> Member:
        """An owner who gave the circle away stays as co-owner; one who was gone or removed, as anybody. Of who owns
        nothing, nothing changes."""
        if self.role is not Role.OWNER:
            return self
        role = Role.CO_OWNER if stays_on else Role.MEMBER
        trail = self.trail.extend(f"role {role}", actor=self.user_id, at=at)
        return replace(self, role=role, trail=trail, version=next_version(self.version, at))

    def see_the_end(self, *, at: datetime) -> Member:
        """The circle has ended, and with it every membership."""
        if not (self.is_in or self.is_pending):
            return self
        return replace(self, role=Role.MEMBER, state=MemberState.LEFT, awaits=None, version=next_version(self.version, at))

    def forget(self, *, at: datetime) -> Member:
        """Nothing is left but who was here, and how it ended."""
        if self.forgotten:
            return self
        bare = replace(self, answers=(), asked="", mute=None, trust=Trust.NEWCOMER, distrusted_until=None)
        sanction = replace(self.sanction, reason="") if self.sanction else None
        return replace(bare, sanction=sanction, forgotten=True, version=next_version(self.version, at))

    def impose(self, sanction: Sanction, by: Member) -> Member:
        """Only downwards: nobody sanctions an equal, a superior or themselves. A kick ends membership; a ban also holds
        off who has left. Neither gets anybody round an admission that they awaited."""
        by.require_over(self)
        if any(one and one.is_repeated_by(sanction) for one in (self.sanction, self.mute)):
            return self
        if sanction.kind is not SanctionKind.BAN and not (self.is_in or self.is_pending):
            raise MemberNotFound
        why = {"reason": sanction.reason, "until": str(sanction.until)}
        trail = self.trail.extend(str(sanction.kind), actor=by.user_id, at=sanction.at, **why)
        regained = (sanction.until or sanction.at) + DISTRUST
        after = replace(self, trust=Trust.NEWCOMER, distrusted_until=regained, trail=trail)
        after = replace(after, version=next_version(self.version, sanction.at))
        if sanction.kind is SanctionKind.MUTE:
            return replace(after, mute=sanction)
        state = MemberState.BANNED if sanction.kind is SanctionKind.BAN else MemberState.KICKED
        awaits = self.awaits if self.awaits is Awaits.ADMISSION else None
        return replace(after, role=Role.MEMBER, state=state, awaits=awaits, sanction=sanction)

    def pardon(self, by: Member, reason: str, *, at: datetime) -> Member:
        """End a mute and a ban before their time; who was banned is still out, but may come back. Where there is neither,
        nothing changes."""
        by.require_over(self)
        if not (self.muted(at) or self.is_banned(at)):
            return self
        trail = self.trail.extend("pardon", actor=by.user_id, at=at, reason=reason)
        after = replace(self, trail=trail, mute=None, version=next_version(self.version, at))
        after = replace(after, distrusted_until=None)
        return replace(after, state=MemberState.LEFT, sanction=None) if self.is_banned(at) else after

    def require_over(self, other: Member) -> None:
        """Whoever keeps order does so among those below them."""
        self.require(Action.SANCTION)
        if self.role.rank <= other.role.rank or self.user_id == other.user_id:
            raise NotAllowed

    def take_role(self, role: Role, by: Member, *, at: datetime) -> Member:
        """Who is above makes and unmakes roles below their own. Nobody raises themselves, nobody becomes owner this way."""
        by.require(Action.SET_ROLE)
        below = max(role.rank, self.role.rank) < by.role.rank
        if self.user_id == by.user_id or role not in GIVEN or not below:
            raise NotAllowed
        if not self.is_in:
            raise MemberNotFound
        if role is self.role:
            return self
        trail = self.trail.extend(f"role {role}", actor=by.user_id, at=at)
        return replace(self, role=role, trail=trail, version=next_version(self.version, at))

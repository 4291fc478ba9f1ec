"""What the rules say of a circle's members and passcodes, a second time and smaller, for the machine that compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.circles import errors
from services.shared.kernel.errors import DomainError, Invalid, Muted
from simulation.simulation import user_id

RANK = {"owner": 4, "co_owner": 3, "moderator": 2, "buyer": 1, "member": 0}
READ, INVITE, KEEP_ORDER, GOVERN, OWN = range(5)  # the ranks from which one may
FEW = 5  # uses of a code that whoever may invite issues
HERE, OUT = ("member", "answers", "admission"), ("", "left", "kicked", "banned")
FULL_WIDTH = {symbol: symbol + 0xFEE0 for symbol in range(0x21, 0x7F)}
WORDS = ["{}", "  {}\n", "口令：{}。", "快来！{} 一起看鸟", "【{}】", "{0}，再说一次：{0}"]
No = type[DomainError] | None  # the refusal that the rules give, if they do
Word = tuple[str, str, datetime | None]  # a sanction: its kind, by whom, until when
Asks = tuple[str, tuple[str, ...], bool]  # rules, questions, and whether somebody lets them in by hand


def pasted(code: str, shape: int) -> str:
    """A code as a phone may paste it."""
    ways = (code, code.lower(), code.replace("-", ""), code.replace("-", " "), code.translate(FULL_WIDTH))
    ways = (*ways, code.replace("0", "o").replace("1", "l"))
    return WORDS[shape // len(ways) % len(WORDS)].format(ways[shape % len(ways)])


@dataclass
class Someone:
    """`out` is the kick or ban that put them out; `vouched`: they were let in by hand after their code was quarantined. No
    state: they never came. Each act gives its refusal, or is done: first comes what the actor may, then whom it is about."""

    name: str
    id: str = field(init=False)
    state: str = ""
    role: str = "member"
    awaits: str = ""
    code: Code | None = None
    came: datetime | None = None
    out: Word | None = None
    mute: Word | None = None
    vouched: bool = False
    audited: int = 0  # acts in their chain

    def __post_init__(self) -> None:
        self.id = user_id(self.name)

    @property
    def let_in_by(self) -> tuple[str, str]:
        """The code, and who issued it."""
        return (self.code.id, self.code.issuer) if self.code else ("", "")

    @property
    def stands(self) -> str:
        """Their state, or what they wait for."""
        return self.awaits if self.state == "pending" else self.state

    @property
    def rank(self) -> int:
        return RANK[self.role]

    @property
    def is_in(self) -> bool:
        return self.state == "member"

    def is_banned(self, now: datetime) -> bool:
        return self.state == "banned" and _holds(self.out, now)

    def is_muted(self, now: datetime) -> bool:
        return _holds(self.mute, now)

    def lacks(self, rank: int) -> No:
        if not self.is_in:
            return errors.CircleNotFound
        return None if self.rank >= rank else errors.NotAllowed

    def may_issue(self, uses: int) -> No:
        return self.lacks(INVITE if uses <= FEW else KEEP_ORDER)

    def speak(self, now: datetime) -> No:
        return self.lacks(READ) or (Muted if self.is_muted(now) else None)

    def leave(self) -> No:
        if self.stands not in HERE:
            return errors.CircleNotFound
        if self.role == "owner":
            return errors.OwnerCannotLeave
        self.go("left")
        return None

    def be_admitted(self, by: Someone) -> No:
        if error := by.lacks(KEEP_ORDER):
            return error
        if self.is_in:
            return None
        if self.state != "pending":
            return errors.MemberNotFound
        if self.awaits != "admission":
            return errors.NotAnswered
        self.state, self.awaits, self.audited = "member", "", self.audited + 1
        self.vouched = self.code is not None and self.code.leaked is not None
        return None

    def be_put_under(self, word: Word, by: Someone, now: datetime) -> No:
        kind, _, until = word
        if error := by.lacks(KEEP_ORDER) or (Invalid if until and until <= now else None) or self.is_above(by):
            return error
        if word in (self.out, self.mute):
            return None
        if kind != "ban" and self.stands not in HERE:
            return errors.MemberNotFound
        self.audited += 1
        if kind == "mute":
            self.mute = word
        else:
            self.go({"kick": "kicked", "ban": "banned"}[kind])
            self.out, self.awaits = word, self.awaits if self.awaits == "admission" else ""
        return None

    def be_pardoned(self, by: Someone, now: datetime) -> No:
        if error := by.lacks(KEEP_ORDER) or self.is_above(by):
            return error
        if self.is_banned(now) or self.is_muted(now):
            self.mute, self.audited = None, self.audited + 1
        if self.is_banned(now):
            self.state, self.out = "left", None
        return None

    def take_role(self, role: str, by: Someone) -> No:
        if error := by.lacks(GOVERN) or self.is_above(by):
            return error
        if RANK.get(role, by.rank) >= by.rank:
            return errors.NotAllowed
        if not self.is_in:
            return errors.MemberNotFound
        self.role, self.audited = role, self.audited + (role != self.role)
        return None

    def be_offered(self, by: Someone, now: datetime) -> No:
        """The circle; nobody here is more than a newcomer but by a role."""
        if error := by.lacks(OWN):
            return error
        unfit = self is by or not self.is_in or self.role == "member" or self.is_muted(now)
        return errors.CandidateNotEligible if unfit else None

    def take_over(self, before: Someone) -> None:
        self.role, before.role = "owner", "co_owner"
        self.audited, before.audited = self.audited + 1, before.audited + 1

    def is_above(self, by: Someone) -> No:
        """Or beside, or never came."""
        if not self.state:
            return errors.MemberNotFound
        return errors.NotAllowed if self.rank >= by.rank else None

    def go(self, state: str) -> None:
        self.state, self.role = state, "member"

    def wait_anew(self) -> None:
        """Whoever came in by a code that is quarantined, once the stream has told."""
        waits = self.stands in ("member", "answers") and not self.vouched and self.role != "owner"
        if self.code and self.code.leaked and waits:
            self.go("pending")
            self.awaits, self.audited = "admission", self.audited + 1


def _holds(word: Word | None, now: datetime) -> bool:
    return word is not None and (word[2] is None or now < word[2])


@dataclass
class Code:
    """A passcode: `life` and `most` are what it was issued for, `leaked` when it was quarantined, and by whom."""

    id: str
    text: str
    issuer: str
    most: int
    life: timedelta
    ends_at: datetime
    uses: int = 0
    revoked: bool = False
    leaked: tuple[datetime, str] | None = None

    def opens(self, now: datetime) -> bool:
        return not self.revoked and now < self.ends_at and self.uses < self.most

    def end(self, by: Someone, leaked: tuple[datetime, str] | None) -> No:
        """Of two quarantines the first stands."""
        if error := by.lacks(KEEP_ORDER):
            return error
        self.revoked, self.leaked = True, self.leaked or leaked
        return None

    def rotate(self, by: Someone, grace: timedelta, now: datetime) -> No:
        if error := by.lacks(KEEP_ORDER) or (None if self.opens(now) else errors.PasscodeInactive):
            return error
        self.ends_at = min(self.ends_at, now + grace)
        return None


@dataclass
class Roll:
    """What a circle asks of newcomers, and who gets past it."""

    asks: Asks | None = None
    revisions: int = 0

    @property
    def questions(self) -> int:
        return len(self.asks[1]) if self.asks else 0

    def ask(self, by: Someone, asks: Asks | None) -> No:
        if error := by.lacks(GOVERN):
            return error
        self.revisions += asks is not None and asks != self.asks
        self.asks = asks
        return None

    def join(self, one: Someone, code: Code, now: datetime) -> No:
        """Whoever is in, or waits and would only wait again, spends no use."""
        if one.stands in ("member", "admission") or (one.stands == "answers" and self.asks):
            return None
        if not code.opens(now) or one.is_banned(now):
            return errors.PasscodeRejected
        code.uses += 1
        one.awaits = "admission" if one.awaits == "admission" else "answers" if self.asks else ""
        one.go("pending" if one.awaits else "member")
        one.code, one.came, one.out, one.vouched = code, now, None, False
        return None

    def answer(self, one: Someone, revision: int, answers: int) -> No:
        if one.stands not in HERE:
            return errors.CircleNotFound
        if one.is_in:
            return None
        if self.asks and revision != self.revisions:
            return errors.ScreeningChanged
        if self.asks and answers != self.questions:
            return errors.AnswersIncomplete
        if one.awaits == "admission" or (self.asks and self.asks[2]):
            one.awaits = "admission"
        else:
            one.state, one.awaits = "member", ""
        return None

"""What comes in and goes out over HTTP, a file a noun."""

from services.circles.schemas.circles import (
    CircleOut,
    IssuedPasscode,
    PasscodeIn,
    PasscodeOut,
    RotationIn,
    ScreeningIn,
    ScreeningOut,
)
from services.circles.schemas.members import (
    AnswersIn,
    JoinIn,
    MemberOut,
    PardonIn,
    PendingOut,
    RoleIn,
    SanctionIn,
    SanctionOut,
)
from services.circles.schemas.notes import (
    CommentIn,
    CommentOut,
    NoteIn,
    NoteOut,
    PictureIn,
    PictureOut,
    PictureQuery,
    UploadOut,
)

__all__ = [
    "AnswersIn",
    "CircleOut",
    "CommentIn",
    "CommentOut",
    "IssuedPasscode",
    "JoinIn",
    "MemberOut",
    "NoteIn",
    "NoteOut",
    "PardonIn",
    "PasscodeIn",
    "PasscodeOut",
    "PendingOut",
    "PictureIn",
    "PictureOut",
    "PictureQuery",
    "RoleIn",
    "RotationIn",
    "SanctionIn",
    "SanctionOut",
    "ScreeningIn",
    "ScreeningOut",
    "UploadOut",
]

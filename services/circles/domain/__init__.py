"""Circles, their members, passcodes and notes. Pure: state and rules, no input or output."""

from services.circles.domain.circle import Circle, CircleState
from services.circles.domain.guesses import Guesses, network_of
from services.circles.domain.member import Member, MemberState
from services.circles.domain.note import Comment, Content, Draft, Note, NoteState, Picture, PictureType, Pins
from services.circles.domain.passcode import Passcode, parse_passcode, spell_passcode
from services.circles.domain.roles import Action, Role, Trust
from services.circles.domain.sanction import Sanction, SanctionKind
from services.circles.domain.screening import Awaits, Screening

__all__ = [
    "Action",
    "Awaits",
    "Circle",
    "CircleState",
    "Comment",
    "Content",
    "Draft",
    "Guesses",
    "Member",
    "MemberState",
    "Note",
    "NoteState",
    "Passcode",
    "Picture",
    "PictureType",
    "Pins",
    "Role",
    "Sanction",
    "SanctionKind",
    "Screening",
    "Trust",
    "network_of",
    "parse_passcode",
    "spell_passcode",
]

"""What the catalogue has for one code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The text of an error in one language.

    title: what happened, constant per code. next_step: what the reader does next, or empty.
    detail: a template that is filled with the facts of an occurrence, or empty.
    """

    title: str
    next_step: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """facts: the facts of an occurrence that leave in the response; any other fact stays inside."""

    en: Text
    zh: Text
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """The message about one field: a template that is filled with the facts of an occurrence."""

    en: str
    zh: str

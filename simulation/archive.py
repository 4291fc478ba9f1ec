"""The stand-in of the bucket with object lock that stores the anchors of audit chains."""

from __future__ import annotations

from collections.abc import Iterator


class FakeArchive:
    """Texts by name; the first text under a name stays."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def put(self, name: str, text: str) -> str:
        return self.texts.setdefault(name, text)

    def all_items(self) -> Iterator[tuple[str, str]]:
        yield from sorted(self.texts.items())

"""The stand-in of the bucket with object lock that stores the anchors of audit chains."""

from __future__ import annotations

from collections.abc import Iterator

from services.shared.security.archive import Archived


class FakeArchive:
    """Texts by name; the first text under a name stays. flaws: what a test says was done to a name."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.flaws: dict[str, tuple[str, ...]] = {}

    def put(self, name: str, text: str) -> str:
        return self.texts.setdefault(name, text)

    def iter_texts(self, folder: str) -> Iterator[Archived]:
        for name, text in sorted(self.texts.items()):
            if name.startswith(f"{folder}/"):
                yield Archived(name, text, self.flaws.get(name, ()))

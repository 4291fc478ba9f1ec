"""The format of data exports: parts of JSON lines in the platform's bucket of exports, in a folder of each service.

docs/export.md describes the format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

FORMAT = "coterie-export/1"
ACCOUNT = "account"  # the kind of an export without a circle, and its folder
LINES_TYPE = "application/x-ndjson"
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export, with its number of JSON lines and the SHA-256 of its bytes."""

    name: str
    lines: int
    sha256: str

    @property
    def service(self) -> str:
        """The service that wrote the file."""
        return self.name.partition("-")[0]


class ExportBucket(Protocol):
    def put(self, object_key: str, type: str, data: bytes) -> None:
        """Store a file."""
        ...


def export_line(kind: str, exported: Sequence[str], item: Mapping[str, Any], **more: Any) -> Line:
    """Return the line of an item: its kind, and those of its attributes that are exported. No other attribute leaves."""
    return {"kind": kind, **{name: item[name] for name in exported if name in item}, **more}


def export_folder(service: str, circle_id: str, export_id: str = "") -> str:
    """Return the folder of a service's files of an export, or of all exports in a circle or without one."""
    return f"{service}/{circle_id or ACCOUNT}/{export_id}".rstrip("/")


def put_part(bucket: ExportBucket, service: str, folder: str, number: int, lines: Sequence[Line]) -> Part | None:
    """Store lines as one file, and return it; None without lines."""
    if not lines:
        return None
    data = "".join(f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n" for line in lines).encode()
    digest = hashlib.sha256(data).hexdigest()
    # With the digest in the name, two workers at once write different files, and the saved item names the right one.
    part = Part(f"{service}-{number:05}-{digest[:8]}.jsonl", len(lines), digest)
    bucket.put(f"{folder}/{part.name}", LINES_TYPE, data)
    return part

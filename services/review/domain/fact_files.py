"""The files of the archive of facts: compressed JSON lines by day. Pure; `product_metrics.sql` reads them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from services.review.domain.product_facts import Fact


def encode_facts(facts: Iterable[Fact]) -> bytes:
    """Return facts as compressed JSON lines. The same facts in another order are the same bytes."""
    lines = sorted(json.dumps(asdict(fact), default=str, ensure_ascii=False) + "\n" for fact in facts)
    return gzip.compress("".join(lines).encode(), mtime=0)


def fact_file(day: date, facts: Iterable[Fact]) -> tuple[str, bytes]:
    """Return the name and the content of a file. The name is of the content, so a repeat of a batch writes the same file."""
    data = encode_facts(facts)
    return f"day={day.isoformat()}/{hashlib.sha256(data).hexdigest()[:32]}.json.gz", data

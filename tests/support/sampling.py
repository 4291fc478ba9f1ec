"""Long tests run one share of their cases at a commit and another at the next, so commits in a row run all of them.

`make races` runs all cases (ALL_CASES=1).
"""

from __future__ import annotations

import os
import subprocess
import zlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ALL_CASES = os.environ.get("ALL_CASES") == "1"


@cache
def commit_number() -> int:
    """Return a number of the commit that is checked out; 0 without a repository."""
    command = ("git", "rev-parse", "--short=8", "HEAD")
    commit = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    return int(commit[:8] or "0", 16)


def is_due(name: str, *, shares: int) -> bool:
    """Return whether the case of this name is in the share that runs at this commit, one of so many."""
    return ALL_CASES or zlib.crc32(name.encode()) % shares == commit_number() % shares

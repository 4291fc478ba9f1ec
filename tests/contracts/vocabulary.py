"""Words that this project retired, and where they occur in identifiers and in prose.

The glossary in CONTRIBUTING.md says what to use instead.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]

RETIRED = frozenset(
    [
        "admit",
        "admits",
        "admitted",
        "agenda",
        "door",
        "doors",
        "edition",
        "editions",
        "fold",
        "folded",
        "folding",
        "folds",
        "forget",
        "forgets",
        "forgot",
        "forgotten",
        "gone",
        "goods",
        "hear",
        "heard",
        "hears",
        "heir",
        "heirs",
        "house",
        "human",
        "humans",
        "knock",
        "knocked",
        "knocks",
        "lane",
        "lanes",
        "lapse",
        "lapsed",
        "lapses",
        "letters",
        "life",
        "listen",
        "listened",
        "listener",
        "listeners",
        "listening",
        "listens",
        "met",
        "mine",
        "news",
        "nobody",
        "office",
        "prints",
        "refusal",
        "refusals",
        "refuse",
        "refused",
        "refuses",
        "scene",
        "scenes",
        "seeded",
        "sibling",
        "siblings",
        "somebody",
        "standing",
        "tell",
        "telling",
        "tells",
        "told",
        "twin",
        "twins",
        "unfit",
        "whoever",
        "whom",
        "wish",
        "wished",
        "wishes",
        "wolf",
        "world",
        "worlds",
    ]
)
RETIRED_PHRASES = (
    ("code", "id"),
    ("keeps", "order"),
    ("last", "owner"),
    ("let", "in"),
    ("look", "at"),
    ("look", "for"),
    ("put", "under"),
    ("require", "trade"),
    ("require", "voice"),
)
RETIRED_SHAPES = {
    "MOST_x": re.compile(r"_?MOST_\w+"),
    "x_to, x_from": re.compile(r"\w+_(to|from)"),
    "read_x": re.compile(r"_?read_\w+"),
    "may_x": re.compile(r"_?may_\w+"),
    "XOver, XRefused": re.compile(r"[A-Z]\w*(Over|Refused)"),
    "every": re.compile(r"every"),
}
# Names of others: GoneException is boto3's; `prints` is the ordinary verb for what a command writes to the terminal.
ALLOWED_IDENTIFIERS = frozenset({"GoneException", "forgot_password", "confirm_forgot_password"})  # of AWS
ALLOWED_PROSE = frozenset({"prints"})


@cache
def tracked(*patterns: str) -> tuple[Path, ...]:
    """The files of the repository that match, without those that are deleted in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for path in (ROOT / name for name in listed.stdout.splitlines()) if path.exists())


def words_of(identifier: str) -> list[str]:
    """`MAX_OpenRooms` -> max, open, rooms."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


@cache
def retired_in(identifier: str) -> list[str]:
    """The retired words and phrases of an identifier."""
    words = words_of(identifier)
    pairs = [" ".join(pair) for pair in pairwise(words) if pair in RETIRED_PHRASES]
    return [word for word in words if word in RETIRED] + pairs


@cache
def tokens_of(source: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return the names and the comments of a Python source, each with its line. Two tests read each file."""
    names, comments = [], []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            names.append((token.start[0], sys.intern(token.string)))
        elif token.type == tokenize.COMMENT:
            comments.append((token.start[0], token.string))
    return names, comments


def retired_identifiers(source: str, *, shapes: bool = False) -> Iterator[tuple[int, str, str]]:
    """(line, identifier, retired word) of every name in a Python source.

    shapes: also check definitions against RETIRED_SHAPES, which hold for services only.
    """
    for line, name in tokens_of(source)[0]:
        if name not in ALLOWED_IDENTIFIERS:
            for word in retired_in(name):
                yield line, name, word
    if shapes:
        yield from _retired_definitions(source)


def _retired_definitions(source: str) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            shapes = [shape for shape, pattern in RETIRED_SHAPES.items() if pattern.fullmatch(node.name)]
            yield from ((node.lineno, node.name, shape) for shape in shapes)


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of Markdown, or of the docstrings and comments of a Python source; without code between backticks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        fenced = re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL)
        yield from enumerate(re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", fenced).splitlines(), 1)
        return
    for line, comment in tokens_of(text)[1]:
        yield line, re.sub(r"`[^`]*`", "", comment)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            documented := ast.get_docstring(node, clean=False)
        ):
            start = node.body[0].lineno
            yield from enumerate(re.sub(r"`[^`\n]*`", "", documented).splitlines(), start)


def retired_prose(path: Path) -> Iterator[tuple[int, str]]:
    """(line, retired word) of the prose of a file."""
    for line, text in prose_of(path):
        words = re.findall(r"[a-z]+", text.lower())
        yield from ((line, word) for word in words if word in RETIRED - ALLOWED_PROSE)

"""Builds docs/access.md: who can do what, from the data of `simulation/access`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulation.access.ranks import ASSIGNED, IMPOSERS, IN_FORCE, RANKS, ROLE_TARGETS, TARGETS, table
from simulation.access.roles import ROLES, routes
from simulation.access.statuses import CODES, EFFECTS, MEANING, OF_EXCLUDED, denials

INTRODUCTION = """# Access: who can do what

Generated from `simulation/access/` by `python -m docs.generate`; do not edit. `tests/app/test_access.py` calls every route with
every role and every status of the caller.
`tests/app/test_ranks.py` does every act with every pair of ranks.
"""
BY_STATUS = """
## Account status and kind of action

Every route has one kind of action, which its decorator declares. A sanction of the platform is checked by this kind, before
anything else about the request. The mute of a circle is checked with the membership, before the role, and holds in this circle
only. A user who sees nothing of the circle gets 404. A dot: the status permits the kind.
"""
EXCLUDED = """
A kick or a ban of a circle ends the membership: every route of the circle responds 404, with these exceptions. A former member
can still take their own listings off sale, and export what is theirs.
"""
BY_RANK = """
## Rank

Ordinary members (newcomer, member, regular) have one rank. No member acts on themselves.
"""


def access() -> str:
    """Return the page."""
    return "".join([INTRODUCTION, *_statuses(), *_ranks(), "\n## Role\n", *_roles()])


def _statuses() -> Iterable[str]:
    by_kind = denials()
    statuses = list(by_kind["read"])
    rows = [[f"`{kind}`", MEANING[kind], *(_response(by_kind[kind][status]) for status in statuses)] for kind in by_kind]
    yield BY_STATUS
    yield _table(["kind", "what it is", *(status.replace("_", " ") for status in statuses)], rows)
    yield EXCLUDED
    yield _table(["route", "response"], [[f"`{route}`", f"{status} `{code}`"] for route, (status, code) in OF_EXCLUDED.items()])
    yield "\nEffects of a status beyond the kind of the action:\n"
    effects = [[role, state, f"`{route}`", f"{code} `{text}`"] for (role, state, route), (code, text) in EFFECTS.items()]
    yield _table(["role", "status", "route", "response"], effects)


def _response(code: str | None) -> str:
    return f"{CODES[code]} `{code}`" if code else "."


def _ranks() -> Iterable[str]:
    yield BY_RANK
    for title, text, columns in (
        ("Kick, ban, mute, lift, approve or quarantine a member of rank, or remove what they wrote", TARGETS, RANKS),
        ("Set the role of a member of rank", ROLE_TARGETS, RANKS),
        ("Propose or set the role", ASSIGNED, RANKS),
        ("Shorten or lift a sanction that was imposed by", IN_FORCE, IMPOSERS),
    ):
        yield f"\n**{title}**\n"
        yield _table(["actor", *columns], _by_rank(table(text, columns), columns))


def _by_rank(cells: Mapping[tuple[str, str], bool], columns: Sequence[str]) -> list[list[str]]:
    return [[by, *("x" if cells[by, column] else "." for column in columns)] for by in RANKS]


def _roles() -> Iterable[str]:
    lines = list(routes().values())
    for service in dict.fromkeys(line.service for line in lines):
        rows = [[f"`{line.route}`", line.kind, *map(str, line.statuses.values())] for line in lines if line.service == service]
        yield f"\n### {service}\n"
        yield _table(["route", "kind", *(role.replace("_", " ") for role in ROLES)], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)

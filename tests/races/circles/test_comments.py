"""Comments that are edited, deleted and removed at once, and a role that is accepted while its proposer is demoted."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment, ContentState, Role
from services.circles.repository.circles import find_member
from services.circles.repository.comments import find_comment
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import PreconditionFailed
from simulation.setup.circles import create_circle, post_note, propose_role, set_role
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, types_of

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def commented(simulation: Simulation) -> tuple[Comment, tuple[str, str, str]]:
    """Return a comment of Hao in a circle of Lin, with what names it."""
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, MEI)
    key = new_key(HAO, now=simulation.clock.now)
    comment = circles.add_comment(simulation.circles, HAO, circle_id, note.id, key, text="原文", parent_id=None)
    return comment, (circle_id, note.id, comment.id)


def stored(simulation: Simulation, ids: tuple[str, str, str]) -> Comment:
    comment = find_comment(simulation.circles_table, *ids)
    assert comment
    return comment


def test_a10_50_deletions_at_once_count_once(rounds: Rounds) -> None:
    for simulation in rounds:
        comment, ids = commented(simulation)
        results = race([partial(circles.delete_comment, simulation.circles, HAO, *ids)] * 50)
        assert results == [None] * 50
        after = stored(simulation, ids)
        assert (after.state, after.text) == (ContentState.DELETED, "")
        assert after.version == next_version(comment.version, simulation.clock()), "one write, so the stream counts one"


def test_a10_edits_against_a_deletion_and_a_removal_leave_no_text(rounds: Rounds) -> None:
    for simulation in rounds:
        comment, ids = commented(simulation)
        ports = simulation.circles
        edits = [
            partial(circles.update_comment, ports, HAO, *ids, change(comment.version, f"edit {number}"), f"改 {number}")
            for number in range(8)
        ]
        delete, remove = (
            partial(circles.delete_comment, ports, HAO, *ids),
            partial(circles.remove_comment, ports, LIN, *ids, "广告"),
        )
        results = race([*edits, delete, remove])
        assert types_of(results[:8]) <= {Comment, PreconditionFailed, errors.NoteNotFound}
        assert sum(isinstance(result, Comment) for result in results[:8]) <= 1, "one edit of a version at most"
        after = stored(simulation, ids)
        assert after.text == ""
        assert results[8] is None
        is_removed = after.state is ContentState.REMOVED
        assert types_of(results[9:]) == {type(None) if is_removed else errors.NoteNotFound}


def test_c28_a_role_is_accepted_or_its_proposer_is_demoted_before(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI, HAO)
        set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
        propose_role(simulation, MEI, circle_id, HAO.user_id, Role.MODERATOR)
        accept = partial(circles.accept_role, simulation.circles, HAO, circle_id, Role.MODERATOR)
        demote = partial(propose_role, simulation, LIN, circle_id, MEI.user_id, Role.MEMBER)
        accepted, demoted = race([accept, demote])
        proposer, member = (find_member(simulation.circles_table, circle_id, user.user_id) for user in (MEI, HAO))
        assert proposer
        assert member
        assert demoted.role is proposer.role is Role.MEMBER
        if isinstance(accepted, errors.RoleProposalEnded):
            assert member.role is Role.MEMBER
        else:
            assert member.role is Role.MODERATOR

"""The API that the files beside this one add their routes to, and the refusals that several of them share."""

from __future__ import annotations

from services.review import errors, wiring
from services.shared.http.api import Api

api = Api("review", wiring.edge)

INDEPENDENT = (errors.NotEnrolled, errors.ConflictOfInterest, errors.SamePersonTwice)
CLAIMING = (errors.ApplicationNotOpen, errors.AlreadyClaimed, errors.LeaseExpired)
REVIEWER = (errors.NotEnrolled,)
OPERATOR = (errors.OperatorsOnly,)

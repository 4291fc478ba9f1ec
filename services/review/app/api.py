"""The API that the files of this package add their routes to, and the errors that several routes declare."""

from __future__ import annotations

from services.review import errors, wiring
from services.review.settings import settings
from services.shared.http.api import Api
from services.shared.http.settings import add_settings_routes

api = Api("review", wiring.http_ports)
add_settings_routes(api, settings)

REVIEWER_ERRORS = (errors.ReviewerNotEnrolled,)
READ_ERRORS = (*REVIEWER_ERRORS, errors.ConflictOfInterest, errors.ReadLimitReached)
CLAIM_ERRORS = (errors.ApplicationNotOpen, errors.ApplicationAlreadyClaimed, errors.LeaseExpired)
LEASE_ERRORS = (errors.LeaseLimitReached, errors.ClaimLimitReached)
DECIDER_ERRORS = (errors.ReviewerNotEnrolled, errors.ConflictOfInterest, errors.SecondReviewerRequired)
CANDIDATE_ERRORS = (errors.ApplicantSanctioned, errors.StrikeLimitReached, errors.CircleLimitReached)
ELIGIBILITY_ERRORS = (errors.ApplicantNotAdult, errors.ActiveDaysInsufficient, *CANDIDATE_ERRORS)

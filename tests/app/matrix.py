"""The expected HTTP status of each route for each kind of user.

The owner of the circle is also the applicant of the applications; the moderator sells, the member buys. Reviewer and operator
have roles on the platform and are not members of the circle. Three kinds of caller have no column, because each route that is
not public responds 401 to them: a caller without a token, with an ID token, or with a suspended account.
"""

from __future__ import annotations

from simulation.api.operations import Operation

SIGNED = {"commerce": {"POST /payment-events"}}  # without a token, but with the provider's signature
SIGNED_OUT = ("anonymous", "id_token", "suspended")

REVIEW = """
                                                             stranger  member  moderator  owner  reviewer  operator
POST   /applications                                              201     201        201    201       201       201
GET    /applications                                              200     200        200    200       200       200
GET    /applications/{application_id}                             404     404        404    200       200       200
PUT    /applications/{application_id}                             404     404        404    200       404       404
POST   /applications/{application_id}/submission                  404     404        404    200       404       404
POST   /applications/{application_id}/withdrawal                  404     404        404    200       404       404
POST   /applications/{application_id}/appeal                      404     404        404    201       404       404
GET    /review-queue                                              403     403        403    403       200       403
POST   /applications/{application_id}/claim                       403     403        403    403       200       403
PUT    /applications/{application_id}/claim                       403     403        403    403       200       403
DELETE /applications/{application_id}/claim                       403     403        403    403       200       403
POST   /applications/{application_id}/handover                    403     403        403    403       200       403
POST   /applications/{application_id}/questions                   403     403        403    403       201       403
POST   /applications/{application_id}/decisions                   403     403        403    403       201       403
POST   /decisions                                                 403     403        403    403       200       403
GET    /applications/{application_id}/tenure                      403     403        403    403       200       403
POST   /applications/{application_id}/assessments                 403     403        403    403       201       403
GET    /applications/{application_id}/audit                       403     403        403    403       403       200
GET    /metrics                                                   403     403        403    403       403       200
PUT    /identity                                                  422     422        422    204       422       422
GET    /cohort                                                    200     200        200    200       200       200
PUT    /reviewers/{user_id}                                       403     403        403    403       403       204
DELETE /reviewers/{user_id}                                       403     403        403    403       403       204
GET    /users/{user_id}/sanction-record                           403     403        403    403       200       403
PUT    /users/{user_id}/sanction                                  403     403        403    403       200       403
POST   /users/{user_id}/sanction/ratification                     403     403        403    403       200       403
POST   /users/{user_id}/sanction/rejection                        403     403        403    403       200       403
POST   /users/{user_id}/sanction/lifting                          403     403        403    403       200       403
GET    /reports                                                   200     200        200    200       200       200
GET    /successions                                               403     403        403    403       200       403
GET    /successions/{succession_id}                               404     404        200    200       200       404
POST   /successions/{succession_id}/acceptance                    404     404        200    404       404       404
POST   /successions/{succession_id}/decision                      403     403        403    403       200       403
GET    /cases                                                     403     403        403    403       200       403
GET    /cases/{case_id}                                           403     403        403    403       200       403
GET    /cases/{case_id}/pictures                                  403     403        403    403       200       403
POST   /cases/{case_id}/decision                                  403     403        403    403       200       403
GET    /settings/review                                           403     403        403    403       403       200
PUT    /settings/review                                           403     403        403    403       403       200
"""

CIRCLES = """
                                                                stranger  member  moderator  owner  reviewer  operator
GET    /circles                                                      200     200        200    200       200       200
POST   /memberships                                                  200     200        200    200       200       200
GET    /tags                                                         200     200        200    200       200       200
GET    /tags/{tag}                                                   200     200        200    200       200       200
GET    /tags/{tag}/teasers                                           200     200        200    200       200       200
POST   /tags/{tag}/merge                                             403     403        403    403       403       200
GET    /blocks                                                       200     200        200    200       200       200
PUT    /blocks/{user_id}                                             204     204        204    204       204       204
DELETE /blocks/{user_id}                                             204     204        204    204       204       204
GET    /circles/{circle_id}                                          404     200        200    200       404       404
POST   /circles/{circle_id}/activation                               404     403        403    204       404       404
POST   /circles/{circle_id}/passcodes                                404     403        201    201       404       404
GET    /circles/{circle_id}/passcodes                                404     403        200    200       404       404
POST   /circles/{circle_id}/passcodes/{passcode_id}/rotation             404     403        201    201       404       404
POST   /circles/{circle_id}/passcodes/{passcode_id}/quarantine           404     403        204    204       404       404
DELETE /circles/{circle_id}/passcodes/{passcode_id}                      404     403        204    204       404       404
GET    /circles/{circle_id}/members                                  404     403        200    200       404       404
DELETE /circles/{circle_id}/membership                               404     204        204    409       404       404
PUT    /circles/{circle_id}/screening                                404     403        403    200       404       404
DELETE /circles/{circle_id}/screening                                404     403        403    204       404       404
GET    /circles/{circle_id}/screening                                404     200        200    200       404       404
POST   /circles/{circle_id}/screening/answers                          404     200        200    200       404       404
GET    /circles/{circle_id}/pending-members                          404     403        200    200       404       404
POST   /circles/{circle_id}/members/{user_id}/approval               404     403        200    200       404       404
PUT    /circles/{circle_id}/members/{user_id}/role                   404     403        403    200       404       404
POST   /circles/{circle_id}/members/{user_id}/sanctions              404     403        200    200       404       404
POST   /circles/{circle_id}/members/{user_id}/sanctions/lifting      404     403        200    200       404       404
POST   /circles/{circle_id}/pictures                                 404     201        201    201       404       404
POST   /circles/{circle_id}/notes                                    404     201        201    201       404       404
GET    /circles/{circle_id}/notes                                    404     200        200    200       404       404
GET    /circles/{circle_id}/notes/{note_id}                          404     200        200    200       404       404
DELETE /circles/{circle_id}/notes/{note_id}                          404     403        204    204       404       404
PUT    /circles/{circle_id}/notes/{note_id}                          404     403        403    200       404       404
GET    /circles/{circle_id}/notes/{note_id}/revisions                 404     403        200    200       404       404
PUT    /circles/{circle_id}/notes/{note_id}/pin                      404     403        204    204       404       404
DELETE /circles/{circle_id}/notes/{note_id}/pin                      404     403        204    204       404       404
GET    /circles/{circle_id}/pins                                     404     200        200    200       404       404
PUT    /circles/{circle_id}/notes/{note_id}/highlight                404     403        204    204       404       404
DELETE /circles/{circle_id}/notes/{note_id}/highlight                404     403        204    204       404       404
GET    /circles/{circle_id}/highlights                               404     200        200    200       404       404
POST   /circles/{circle_id}/drafts                                   404     201        201    201       404       404
GET    /circles/{circle_id}/drafts                                   404     200        200    200       404       404
PUT    /circles/{circle_id}/drafts/{draft_id}                        404     404        404    200       404       404
DELETE /circles/{circle_id}/drafts/{draft_id}                        404     404        404    204       404       404
POST   /circles/{circle_id}/drafts/{draft_id}/publication            404     404        404    201       404       404
POST   /circles/{circle_id}/views                                    404     204        204    204       404       404
POST   /circles/{circle_id}/check-ins                                404     200        200    200       404       404
POST   /circles/{circle_id}/check-ins/make-up                        404     409        409    200       404       404
GET    /circles/{circle_id}/check-ins                                404     200        200    200       404       404
GET    /circles/{circle_id}/recap                                    404     200        200    200       404       404
PUT    /circles/{circle_id}/digest-preference                        404     200        200    200       404       404
GET    /circles/{circle_id}/digest-preference                        404     200        200    200       404       404
GET    /circles/{circle_id}/health                                   404     403        200    200       404       404
GET    /circles/{circle_id}/teaser                                   404     404        404    404       404       404
PUT    /circles/{circle_id}/teaser                                   404     403        403    200       404       404
DELETE /circles/{circle_id}/teaser                                   404     403        403    204       404       404
POST   /circles/{circle_id}/join-requests                            404     404        404    404       404       404
PUT    /circles/{circle_id}/ownership-offer                          404     403        403    200       404       404
GET    /circles/{circle_id}/ownership-offer                          404     404        200    200       404       404
DELETE /circles/{circle_id}/ownership-offer                          404     404        204    204       404       404
PUT    /circles/{circle_id}/closing                                  404     403        403    200       404       404
DELETE /circles/{circle_id}/closing                                  404     403        403    204       404       404
POST   /circles/{circle_id}/exports                                  404     201        201    201       404       404
GET    /circles/{circle_id}/exports/{export_id}                      404     404        404    200       404       404
GET    /circles/{circle_id}/exports/{export_id}/files/{index}        404     404        404    302       404       404
GET    /circles/{circle_id}/exports/{export_id}/pictures/{picture_id}  404   404        404    302       404       404
GET    /circles/{circle_id}/notes/{note_id}/pictures/{index}         404     302        302    302       404       404
POST   /circles/{circle_id}/notes/{note_id}/comments                 404     201        201    201       404       404
GET    /circles/{circle_id}/notes/{note_id}/comments                 404     200        200    200       404       404
POST   /circles/{circle_id}/notes/{note_id}/reports                  404     204        204    204       404       404
POST   /circles/{circle_id}/notes/{note_id}/comments/{comment_id}/reports  404  204      204    204       404       404
PUT    /circles/{circle_id}/notes/{note_id}/like                     404     204        204    204       404       404
DELETE /circles/{circle_id}/notes/{note_id}/like                     404     204        204    204       404       404
GET    /settings/circles                                          403     403        403    403       403       200
PUT    /settings/circles                                          403     403        403    403       403       200
"""

CHAT = """
                                                              stranger  member  moderator  owner  reviewer  operator
POST   /socket-tickets                                             201     201        201    201       201       201
GET    /rooms                                                      200     200        200    200       200       200
GET    /circles/{circle_id}/rooms                                  404     200        200    200       404       404
POST   /circles/{circle_id}/rooms/{room_id}/messages               404     201        201    201       404       404
GET    /circles/{circle_id}/rooms/{room_id}/messages               404     200        200    200       404       404
PUT    /circles/{circle_id}/rooms/{room_id}/pins/{seq}             404     403        204    204       404       404
DELETE /circles/{circle_id}/rooms/{room_id}/pins/{seq}             404     403        204    204       404       404
GET    /circles/{circle_id}/rooms/{room_id}/pins                   404     200        200    200       404       404
PUT    /circles/{circle_id}/rooms/{room_id}/read-marker            404     200        200    200       404       404
POST   /circles/{circle_id}/rooms/{room_id}/reports                404     204        204    204       404       404
GET    /settings/chat                                             403     403        403    403       403       200
PUT    /settings/chat                                             403     403        403    403       403       200
"""

COMMERCE = """
                                                     stranger  member  moderator  owner  reviewer  operator
POST   /circles/{circle_id}/listings                      404     201        201    201       404       404
GET    /circles/{circle_id}/listings                      404     200        200    200       404       404
GET    /circles/{circle_id}/listings/{listing_id}         404     200        200    200       404       404
PUT    /circles/{circle_id}/listings/{listing_id}         404     404        200    404       404       404
POST   /circles/{circle_id}/listings/{listing_id}/reports  404    204        204    204       404       404
POST   /circles/{circle_id}/orders                        404     201        403    201       404       404
GET    /orders                                            200     200        200    200       200       200
GET    /orders/{order_id}                                 404     200        404    404       404       404
POST   /orders/{order_id}/payment                         404     200        404    404       404       404
POST   /orders/{order_id}/receipt                         404     200        404    404       404       404
GET    /sales                                             200     200        200    200       200       200
POST   /sales/{order_id}/shipment                         404     404        200    404       404       404
GET    /ledger                                            403     403        403    403       403       200
GET    /settings/commerce                                         403     403        403    403       403       200
PUT    /settings/commerce                                         403     403        403    403       403       200
"""


def expected() -> dict[tuple[str, str], dict[str, int]]:
    """The status by kind of user, for each service and route."""
    statuses_of = {}
    for service, text in {"review": REVIEW, "circles": CIRCLES, "chat": CHAT, "commerce": COMMERCE}.items():
        header, *lines = (line.split() for line in text.strip().splitlines())
        for method, template, *statuses in lines:
            statuses_of[service, f"{method} {template}"] = dict(zip(header, map(int, statuses), strict=True))
    return statuses_of


def permitted_user(operation: Operation) -> str:
    """A kind of user with a successful status on this route; a member if there is none."""
    statuses = expected().get((operation.service, str(operation)), {"member": 200})
    people = ("member", "moderator", "owner", "reviewer", "operator")
    return next((persona for persona in people if statuses.get(persona, 500) < 400), "member")

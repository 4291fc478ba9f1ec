"""The expected HTTP status of each route for each role, without a sanction, and the kind of action of each route.

`tests/app/test_access.py` compares them with the responses, and docs/access.md is generated from them. No service reads them.

In the circle of `simulation/api`, the owner is also the applicant of the routes that are for an applicant, and has the address
of the routes of one's own addresses. The moderator sells and is the candidate of the succession. The member buys. Reviewer and
operator are not members. The notes and comments that are removed, reported and liked are those of another member; the owner
edits and deletes their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulation.access.roles_in_commerce import COMMERCE

ROLES = (
    "stranger",
    "pending",
    "newcomer",
    "member",
    "regular",
    "buyer",
    "moderator",
    "co_owner",
    "owner",
    "former",
    "reviewer",
    "operator",
)

REVIEW = """
                                                              str pen new mem reg buy mod coo own for rev ope
GET    /settings/review                           read        403 403 403 403 403 403 403 403 403 403 403 200
PUT    /settings/review                           staff       403 403 403 403 403 403 403 403 403 403 403 200
POST   /applications                              speak       201 201 201 201 201 201 201 201 201 201 201 201
GET    /applications                              read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /applications/{application_id}             read        404 404 404 404 404 404 404 404 200 404 200 200
PUT    /applications/{application_id}             speak       404 404 404 404 404 404 404 404 200 404 404 404
POST   /applications/{application_id}/submission  speak       404 404 404 404 404 404 404 404 200 404 404 404
POST   /applications/{application_id}/withdrawal  own_data    404 404 404 404 404 404 404 404 200 404 404 404
POST   /applications/{application_id}/appeal      appeal      404 404 404 404 404 404 404 404 201 404 404 404
GET    /cohort                                    read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /reports                                   read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /dispute-cases                             read        403 403 403 403 403 403 403 403 403 403 200 403
GET    /dispute-cases/{dispute_id}                read        403 403 403 403 403 403 403 403 403 403 200 403
POST   /dispute-cases/{dispute_id}/ruling         staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /dispute-cases/{dispute_id}/ruling/ratification staff  403 403 403 403 403 403 403 403 403 403 200 403
POST   /dispute-cases/{dispute_id}/ruling/rejection staff     403 403 403 403 403 403 403 403 403 403 200 403
GET    /cases                                     read        403 403 403 403 403 403 403 403 403 403 200 403
GET    /cases/{case_id}                           read        403 403 403 403 403 403 403 403 403 403 200 403
GET    /cases/{case_id}/pictures                  read        403 403 403 403 403 403 403 403 403 403 200 403
POST   /cases/{case_id}/decision                  staff       403 403 403 403 403 403 403 403 403 403 200 403
GET    /me/account-status                         account     200 200 200 200 200 200 200 200 200 200 200 200
POST   /me/account-status/appeal                  account     409 409 409 409 409 409 409 409 409 409 409 409
GET    /me/take-downs                             account     200 200 200 200 200 200 200 200 200 200 200 200
POST   /me/take-downs/{case_id}/appeal            account     404 404 404 404 404 404 404 404 201 404 404 404
GET    /appeals                                   read        403 403 403 403 403 403 403 403 403 403 200 403
GET    /appeals/{appeal_id}                       read        403 403 403 403 403 403 403 403 403 403 200 403
POST   /appeals/{appeal_id}/decision              staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /applications/{application_id}/decisions   staff       403 403 403 403 403 403 403 403 403 403 201 403
POST   /decisions                                 staff       403 403 403 403 403 403 403 403 403 403 200 403
PUT    /reviewers/{user_id}                       staff       403 403 403 403 403 403 403 403 403 403 403 204
DELETE /reviewers/{user_id}                       staff       403 403 403 403 403 403 403 403 403 403 403 204
GET    /applications/{application_id}/audit       read        403 403 403 403 403 403 403 403 403 403 403 200
GET    /metrics                                   read        403 403 403 403 403 403 403 403 403 403 403 200
GET    /product-metrics/{month}                   read        403 403 403 403 403 403 403 403 403 403 403 200
GET    /review-queue                              read        403 403 403 403 403 403 403 403 403 403 200 403
POST   /applications/{application_id}/claim       staff       403 403 403 403 403 403 403 403 403 403 200 403
PUT    /applications/{application_id}/claim       staff       403 403 403 403 403 403 403 403 403 403 200 403
DELETE /applications/{application_id}/claim       staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /applications/{application_id}/handover    staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /applications/{application_id}/questions   staff       403 403 403 403 403 403 403 403 403 403 201 403
PUT    /identity                                  own_data    422 422 422 422 422 422 422 422 204 422 422 422
GET    /users/{user_id}/sanction-record           read        403 403 403 403 403 403 403 403 403 403 200 403
PUT    /users/{user_id}/sanction                  staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /users/{user_id}/sanction/ratification     staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /users/{user_id}/sanction/rejection        staff       403 403 403 403 403 403 403 403 403 403 200 403
POST   /users/{user_id}/sanction/lifting          staff       403 403 403 403 403 403 403 403 403 403 200 403
GET    /successions                               read        403 403 403 403 403 403 403 403 403 403 200 403
GET    /successions/{succession_id}               read        404 404 404 404 404 404 200 404 200 404 200 404
POST   /successions/{succession_id}/acceptance    participate 404 404 404 404 404 404 200 404 404 404 404 404
POST   /successions/{succession_id}/decision      staff       403 403 403 403 403 403 403 403 403 403 200 403
GET    /applications/{application_id}/tenure      read        403 403 403 403 403 403 403 403 403 403 200 403
POST   /applications/{application_id}/assessments staff       403 403 403 403 403 403 403 403 403 403 201 403
GET    /staff/users/{user_id}/record              read        403 403 403 403 403 403 403 403 403 403 200 200
POST   /staff/read-grants                         read        403 403 403 403 403 403 403 403 403 403 201 201
GET    /transparency/{month}                      read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /circles/{circle_id}/name                  speak       404 404 404 404 404 404 404 404 200 404 404 404
"""

CIRCLES = """
                                                                           str pen new mem reg buy mod coo own for rev ope
GET    /staff/users                                            read        403 403 403 403 403 403 403 403 403 403 200 200
GET    /staff/users/{user_id}/profile                          read        403 403 403 403 403 403 403 403 403 403 200 200
GET    /settings/circles                                       read        403 403 403 403 403 403 403 403 403 403 403 200
PUT    /settings/circles                                       staff       403 403 403 403 403 403 403 403 403 403 403 200
POST   /me/sign-out                                            own_data    204 204 204 204 204 204 204 204 204 204 204 204
GET    /blocks                                                 read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /blocks/{user_id}                                       participate 204 204 204 204 204 204 204 204 204 204 204 204
DELETE /blocks/{user_id}                                       participate 204 204 204 204 204 204 204 204 204 204 204 204
POST   /circles/{circle_id}/check-ins                          participate 404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/check-ins                          read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/check-ins/make-up                  participate 404 404 409 409 409 409 409 409 200 404 404 404
GET    /circles                                                read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /circles/{circle_id}                                    read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/reports                            speak       404 404 204 204 204 204 204 204 204 404 404 404
POST   /circles/{circle_id}/name/reports                       speak       404 404 204 204 204 204 204 204 204 404 404 404
POST   /circles/{circle_id}/activation                         participate 404 404 403 403 403 403 403 403 204 404 404 404
PUT    /circles/{circle_id}/closing                            own_data    404 404 403 403 403 403 403 403 200 404 404 404
DELETE /circles/{circle_id}/closing                            own_data    404 404 403 403 403 403 403 403 204 404 404 404
GET    /me/campaign-consent                                    read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /me/campaign-consent                                    participate 200 200 200 200 200 200 200 200 200 200 200 200
DELETE /me/campaign-consent                                    own_data    204 204 204 204 204 204 204 204 204 204 204 204
POST   /circles/{circle_id}/campaigns                          speak       404 404 403 403 403 403 403 403 409 404 404 404
GET    /circles/{circle_id}/campaigns                          read        404 404 403 403 403 403 403 403 200 404 404 200
GET    /circles/{circle_id}/campaigns/{campaign_id}            read        404 404 403 403 403 403 403 403 200 404 404 200
DELETE /circles/{circle_id}/campaigns/{campaign_id}            own_data    404 404 403 403 403 403 403 403 204 404 404 404
PUT    /circles/{circle_id}/digest-preference                  participate 404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/digest-preference                  read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/drafts                             speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/drafts                             read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/drafts/{draft_id}                  speak       404 404 404 404 404 404 404 404 200 404 404 404
DELETE /circles/{circle_id}/drafts/{draft_id}                  own_data    404 404 404 404 404 404 404 404 204 404 404 404
POST   /circles/{circle_id}/drafts/{draft_id}/publication      speak       404 404 404 404 404 404 404 404 201 404 404 404
POST   /circles/{circle_id}/exports                            account     404 201 201 201 201 201 201 201 201 201 404 404
GET    /circles/{circle_id}/exports/{export_id}                account     404 404 404 404 404 404 404 404 200 404 404 404
GET    /circles/{circle_id}/exports/{export_id}/files/{index}  account     404 404 404 404 404 404 404 404 302 404 404 404
GET    /circles/{circle_id}/exports/{export_id}/pictures/{picture_id} account 404 404 404 404 404 404 404 404 302 404 404 404
GET    /circles/{circle_id}/guardrails                         read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/listings/{listing_id}/shows        read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/selling-brake                      participate 404 404 403 200 200 200 200 403 403 404 404 404
GET    /circles/{circle_id}/health                             read        404 404 403 403 403 403 200 200 200 404 404 404
PUT    /circles/{circle_id}/notes/{note_id}/pin                moderate    404 404 403 403 403 403 204 204 204 404 404 404
DELETE /circles/{circle_id}/notes/{note_id}/pin                moderate    404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/pins                               read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/notes/{note_id}/highlight          moderate    404 404 403 403 403 403 204 204 204 404 404 404
DELETE /circles/{circle_id}/notes/{note_id}/highlight          moderate    404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/highlights                         read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /memberships                                            participate 200 200 200 200 200 200 200 200 200 200 200 200
GET    /circles/{circle_id}/memberships                        read        404 404 403 403 403 403 200 200 200 404 404 404
GET    /circles/{circle_id}/members                            read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/people                             read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/membership                         read        404 404 200 200 200 200 200 200 200 404 404 404
PATCH  /circles/{circle_id}/membership                         speak       404 404 200 200 200 200 200 200 200 404 404 404
DELETE /circles/{circle_id}/membership                         own_data    404 204 204 204 204 409 409 409 409 404 404 404
POST   /circles/{circle_id}/membership/role-proposal/acceptance participate 404 404 409 200 409 409 200 409 409 404 404 404
DELETE /circles/{circle_id}/membership/role-proposal           own_data    404 404 204 204 204 204 204 204 204 404 404 404
GET    /circles/{circle_id}/moderation-log                     read        404 404 403 403 403 403 200 200 200 404 404 404
PUT    /circles/{circle_id}/members/{user_id}/role             moderate    404 404 403 403 403 403 403 200 200 404 404 404
POST   /circles/{circle_id}/members/{user_id}/reports          speak       404 404 204 204 204 204 204 204 204 404 404 404
POST   /circles/{circle_id}/members/{user_id}/sanctions        moderate    404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/members/{user_id}/sanctions/lifting moderate   404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/pictures                           speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/pictures/{picture_id}              read        404 404 404 404 404 404 404 404 200 404 404 404
POST   /circles/{circle_id}/notes                              speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/notes                              read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/notes/{note_id}                    read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/notes/{note_id}                    speak       404 404 403 403 403 403 403 403 200 404 404 404
DELETE /circles/{circle_id}/notes/{note_id}                    own_data    404 404 403 403 403 403 403 403 204 404 404 404
POST   /circles/{circle_id}/notes/{note_id}/removal            moderate    404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/notes/{note_id}/revisions          read        404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/notes/{note_id}/comments           speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/notes/{note_id}/comments           read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/notes/{note_id}/comments/{comment_id} speak    404 404 403 403 403 403 403 403 200 404 404 404
DELETE /circles/{circle_id}/notes/{note_id}/comments/{comment_id} own_data 404 404 403 403 403 403 403 403 204 404 404 404
POST   /circles/{circle_id}/notes/{note_id}/comments/{comment_id}/removal moderate 404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/notes/{note_id}/comments/{comment_id}/revisions read 404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/notes/{note_id}/reports            speak       404 404 204 204 204 204 204 204 204 404 404 404
POST   /circles/{circle_id}/notes/{note_id}/comments/{comment_id}/reports speak 404 404 204 204 204 204 204 204 204 404 404 404
PUT    /circles/{circle_id}/notes/{note_id}/like               participate 404 404 204 204 204 204 204 204 204 404 404 404
DELETE /circles/{circle_id}/notes/{note_id}/like               participate 404 404 204 204 204 204 204 204 204 404 404 404
PUT    /circles/{circle_id}/ownership-offer                    participate 404 404 403 403 403 403 403 403 200 404 404 404
GET    /circles/{circle_id}/ownership-offer                    read        404 404 404 404 404 404 200 200 200 404 404 404
DELETE /circles/{circle_id}/ownership-offer                    own_data    404 404 404 404 404 404 204 404 204 404 404 404
POST   /circles/{circle_id}/passcodes                          participate 404 404 403 403 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/passcodes                          read        404 404 403 403 403 403 200 200 200 404 404 404
DELETE /circles/{circle_id}/passcodes/{passcode_id}            moderate    404 404 403 403 403 403 204 204 204 404 404 404
POST   /circles/{circle_id}/passcodes/{passcode_id}/rotation   participate 404 404 403 403 403 403 201 201 201 404 404 404
POST   /circles/{circle_id}/passcodes/{passcode_id}/quarantine moderate    404 404 403 403 403 403 204 204 204 404 404 404
POST   /circles/{circle_id}/views                              participate 404 404 204 204 204 204 204 204 204 404 404 404
GET    /circles/{circle_id}/recap                              read        404 404 200 200 200 200 200 200 200 404 404 404
PATCH  /circles/{circle_id}                                    speak       404 404 403 403 403 403 403 200 200 404 404 404
PUT    /circles/{circle_id}/screening                          speak       404 404 403 403 403 403 403 200 200 404 404 404
DELETE /circles/{circle_id}/screening                          moderate    404 404 403 403 403 403 403 204 204 404 404 404
GET    /circles/{circle_id}/screening                          read        404 200 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/screening/answers                  speak       404 200 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/pending-members                    read        404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/members/{user_id}/approval         moderate    404 404 403 403 403 403 200 200 200 404 404 404
GET    /me                                                     read        200 200 200 200 200 200 200 200 200 200 200 200
PATCH  /me                                                     speak       200 200 200 200 200 200 200 200 200 200 200 200
POST   /me/avatars                                             speak       201 201 201 201 201 201 201 201 201 201 201 201
GET    /me/avatars/{picture_id}                                read        404 404 404 404 404 404 404 404 200 404 404 404
PUT    /me/deletion                                            own_data    200 200 200 200 200 200 200 200 409 200 200 200
GET    /me/deletion                                            read        404 404 404 404 404 404 404 404 404 404 404 404
DELETE /me/deletion                                            own_data    204 204 204 204 204 204 204 204 204 204 204 204
POST   /me/exports                                             account     201 201 201 201 201 201 201 201 201 201 201 201
GET    /me/exports/{export_id}                                 account     404 404 404 404 404 404 404 404 200 404 404 404
GET    /me/exports/{export_id}/files/{index}                   account     404 404 404 404 404 404 404 404 302 404 404 404
GET    /me/exports/{export_id}/pictures/{picture_id}           account     404 404 404 404 404 404 404 404 302 404 404 404
GET    /tags                                                   read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /tags/{tag}                                             read        200 200 200 200 200 200 200 200 200 200 200 200
POST   /tags/{tag}/merge                                       staff       403 403 403 403 403 403 403 403 403 403 403 200
GET    /tags/{tag}/teasers                                     read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /circles/{circle_id}/teaser                             read        404 404 404 404 404 404 404 404 404 404 404 404
PUT    /circles/{circle_id}/teaser                             speak       404 404 403 403 403 403 403 200 200 404 404 404
DELETE /circles/{circle_id}/teaser                             moderate    404 404 403 403 403 403 403 204 204 404 404 404
POST   /circles/{circle_id}/join-requests                      speak       404 404 404 404 404 404 404 404 404 404 404 404
"""  # noqa: E501 (one route is longer than a line)

CHAT = """
                                                                    str pen new mem reg buy mod coo own for rev ope
GET    /settings/chat                                   read        403 403 403 403 403 403 403 403 403 403 403 200
PUT    /settings/chat                                   staff       403 403 403 403 403 403 403 403 403 403 403 200
POST   /socket-tickets                                  read        201 201 201 201 201 201 201 201 201 201 201 201
GET    /rooms                                           read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /notifications                                   read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /notifications/unread                            read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /notifications/read-marker                       participate 200 200 200 200 200 200 200 200 200 200 200 200
GET    /notification-preferences                        read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /notification-preferences                        participate 200 200 200 200 200 200 200 200 200 200 200 200
GET    /push-key                                        read        200 200 200 200 200 200 200 200 200 200 200 200
POST   /push-subscriptions                              participate 201 201 201 201 201 201 201 201 201 201 201 201
GET    /push-subscriptions                              read        200 200 200 200 200 200 200 200 200 200 200 200
DELETE /push-subscriptions/{push_subscription_id}       own_data    204 204 204 204 204 204 204 204 204 204 204 204
GET    /circles/{circle_id}/rooms                       read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/rooms                       moderate    404 404 403 403 403 403 201 201 201 404 404 404
PATCH  /circles/{circle_id}/rooms/{room_id}             moderate    404 404 403 403 403 403 200 200 200 404 404 404
POST   /circles/{circle_id}/rooms/{room_id}/messages    speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/messages    read        404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/rooms/{room_id}/pictures    speak       404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/pictures/{picture_id} read 404 404 404 404 404 404 404 404 200 404 404 404
PUT    /circles/{circle_id}/rooms/{room_id}/messages/{seq} speak    404 404 403 403 403 403 403 403 200 404 404 404
DELETE /circles/{circle_id}/rooms/{room_id}/messages/{seq} own_data 404 404 403 403 403 403 403 403 204 404 404 404
PUT    /circles/{circle_id}/rooms/{room_id}/messages/{seq}/reactions/{reaction} participate 404 404 204 204 204 204 204 204 204 404 404 404
DELETE /circles/{circle_id}/rooms/{room_id}/messages/{seq}/reactions/{reaction} participate 404 404 204 204 204 204 204 204 204 404 404 404
POST   /circles/{circle_id}/rooms/{room_id}/messages/{seq}/removal moderate 404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/messages/{seq}/revisions read 404 404 403 403 403 403 200 200 200 404 404 404
PUT    /circles/{circle_id}/rooms/{room_id}/pins/{seq}  moderate    404 404 403 403 403 403 204 204 204 404 404 404
DELETE /circles/{circle_id}/rooms/{room_id}/pins/{seq}  moderate    404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/guardrails  read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/pins        read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/rooms/{room_id}/highlights/{seq} moderate 404 404 403 403 403 403 204 204 204 404 404 404
DELETE /circles/{circle_id}/rooms/{room_id}/highlights/{seq} moderate 404 404 403 403 403 403 204 204 204 404 404 404
GET    /circles/{circle_id}/rooms/{room_id}/highlights  read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/rooms/{room_id}/read-marker participate 404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/rooms/{room_id}/reports     speak       404 404 204 204 204 204 204 204 204 404 404 404
"""  # noqa: E501 (a line per route)


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """One line: a route with its kind of action, and its status by role."""

    service: str
    route: str
    kind: str
    statuses: dict[str, int]

    @property
    def is_in_circle(self) -> bool:
        return "{circle_id}" in self.route


def routes() -> dict[tuple[str, str], RouteAccess]:
    """Return the lines of all services, by service and route."""
    lines = {}
    for service, text in {"review": REVIEW, "circles": CIRCLES, "chat": CHAT, "commerce": COMMERCE}.items():
        for line in text.strip().splitlines()[1:]:
            method, template, kind, *statuses = line.split()
            by_role = dict(zip(ROLES, map(int, statuses), strict=True))
            access = RouteAccess(service, f"{method} {template}", kind, by_role)
            lines[service, access.route] = access
    return lines

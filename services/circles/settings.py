"""The settings and the flags of the circles service."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.settings import Flag, InForce, burst, interval, setting
from services.shared.pictures.settings import PictureSettings
from services.shared.security.guardrail_settings import GuardrailSettings

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DAILY_DIGEST = "daily_digest"


class CirclesSettings(PictureSettings, GuardrailSettings):
    """An hour of the day is in China. A day of reading is a calendar day in China."""

    ORDER = (
        *PictureSettings.ORDER,
        ("passcode_lifetime", "max_passcode_lifetime"),
        ("passcode_uses", "max_passcode_uses"),
        ("rotation_grace", "max_rotation_grace"),
        ("max_passcode_uses_of_regular", "max_passcode_uses"),
        ("min_closing_notice", "closing_notice"),
        ("closing_notice", "max_closing_notice"),
        ("max_pictures_of_newcomer", "max_pictures"),
        ("min_people_of_campaign", "max_people_of_campaign"),
        ("campaign_duration", "campaign_pause"),
        ("member_days_read", "regular_days_read"),
        ("member_notes_read", "regular_notes_read"),
        ("member_likes_received", "regular_likes_received"),
    )

    # How often one user can do something
    note_burst: int = burst(10, "post a note")
    note_interval: timedelta = interval(30 * SECOND, "note")
    comment_burst: int = burst(20, "comment")
    comment_interval: timedelta = interval(5 * SECOND, "comment")
    draft_burst: int = burst(20, "create a draft")
    draft_interval: timedelta = interval(10 * SECOND, "draft")
    export_burst: int = burst(3, "request an export")
    export_interval: timedelta = interval(HOUR, "export")
    passcode_burst: int = burst(10, "issue or rotate a passcode")
    passcode_interval: timedelta = interval(MINUTE, "passcode")
    report_burst: int = burst(10, "report something")
    report_interval: timedelta = interval(MINUTE, "report")
    unlike_burst: int = burst(60, "remove a like")
    unlike_interval: timedelta = interval(SECOND, "removal of a like")
    unlike_limit_age: timedelta = setting(
        DAY, HOUR, 365 * DAY, "How old a like must be so that its removal uses no slot of this rate limit."
    )
    join_burst: int = burst(10, "join a circle with a passcode")
    join_interval: timedelta = interval(30 * SECOND, "join")
    name_burst: int = burst(5, "choose another nickname, also one for a circle")
    name_interval: timedelta = interval(5 * HOUR, "change of a nickname")
    change_burst: int = burst(60, "change something that exists")
    change_interval: timedelta = interval(2 * SECOND, "change")

    # Passcodes
    passcode_lifetime: timedelta = setting(
        72 * HOUR, HOUR, 30 * DAY, "How long a passcode is active if its issuer sets no end."
    )
    max_passcode_lifetime: timedelta = setting(30 * DAY, HOUR, 30 * DAY, "The longest lifetime that an issuer can choose.")
    passcode_uses: int = setting(50, 1, 1000, "How often a passcode can be used if its issuer sets no number.")
    max_passcode_uses: int = setting(1000, 1, 1000, "The highest number of uses that an issuer can choose.")
    max_passcode_uses_of_regular: int = setting(5, 0, 1000, "The highest number of uses that a regular can choose.")
    rotation_grace: timedelta = setting(
        24 * HOUR, timedelta(0), 72 * HOUR, "How long a rotated passcode stays active if its issuer sets no time."
    )
    max_rotation_grace: timedelta = setting(
        72 * HOUR, timedelta(0), 72 * HOUR, "The longest time that a rotated passcode can stay active."
    )
    guess_window: timedelta = setting(10 * MINUTE, MINUTE, 12 * HOUR, "The time in which wrong passcodes are counted together.")
    max_wrong_guesses: int = setting(5, 2, 20, "The number of wrong passcodes in a window that locks a user.")
    guess_lock: timedelta = setting(30 * MINUTE, MINUTE, DAY, "How long a user is locked after too many wrong passcodes.")
    max_wrong_guesses_of_network: int = setting(
        200, 10, 100_000, "The number of wrong passcodes in a window that locks a network's users with wrong guesses."
    )
    guessing_alarm_threshold: int = setting(
        1000, 10, 1_000_000, "The number of wrong passcodes in a window on the platform that raises the guessing alarm."
    )

    # Joining
    max_screening_questions: int = setting(5, 0, 5, "The most questions that a circle asks new members.")
    max_answer_length: int = setting(500, 20, 500, "The most characters of an answer to a screening question.")
    max_description_length: int = setting(500, 20, 500, "The most characters of the description that members of a circle read.")
    max_teaser_length: int = setting(500, 20, 500, "The most characters of a circle's public description.")
    max_teaser_tags: int = setting(3, 1, 3, "The most tags of a teaser.")
    max_join_request_length: int = setting(500, 20, 500, "The most characters of a request to join.")
    max_join_requests_per_day: int = setting(5, 1, 100, "The most requests to join that a user can send per day.")
    kick_cooldown: timedelta = setting(
        30 * DAY,
        timedelta(0),
        365 * DAY,
        "How long a kicked member cannot return to the circle, by a passcode or a request to join.",
    )

    # Notes and pictures
    max_note_length: int = setting(4000, 100, 4000, "The most characters of a note.")
    max_comment_length: int = setting(1000, 20, 1000, "The most characters of a comment.")
    max_pictures: int = setting(18, 0, 18, "The most pictures of a note.")
    max_tags: int = setting(5, 0, 5, "The most tags of a note.")
    min_circles_of_tag: int = setting(5, 2, 20, "The fewest circles with notes of a tag for which its counters are published.")
    max_cards: int = setting(3, 0, 3, "The most product cards of a note.")
    max_pictures_of_newcomer: int = setting(1, 0, 18, "The most pictures of a newcomer's note.")
    max_mentions_of_newcomer: int = setting(2, 0, 50, "The most mentions in a newcomer's note or comment.")
    min_kept_percent: int = setting(
        51, 1, 100, "How much of the price a buyer must still have paid for the badge of a show, in percent."
    )
    max_pins: int = setting(5, 1, 20, "The most notes pinned in a circle.")
    max_open_drafts: int = setting(50, 1, 100, "The most drafts of one member in a circle.")
    max_blocks: int = setting(100, 10, 500, "The most users that one user can block.")
    avatar_pixels: int = setting(256, 64, 1024, "The side of a stored avatar, in pixels.")
    download_url_lifetime: timedelta = setting(
        MINUTE, 10 * SECOND, 15 * MINUTE, "How long the address of an export file is valid."
    )

    # Names
    max_nickname_length: int = setting(20, 2, 20, "The most characters of a nickname.")
    max_bio_length: int = setting(200, 20, 200, "The most characters of a user's description of themselves.")

    # Trust
    member_days_read: int = setting(2, 0, 365, "The days with reading that a newcomer needs to become a member.")
    member_notes_read: int = setting(20, 0, 10_000, "The notes that a newcomer must read to become a member.")
    member_likes_received: int = setting(0, 0, 10_000, "The likes that a newcomer must receive to become a member.")
    regular_days_read: int = setting(15, 0, 365, "The days with reading that a member needs to become a regular.")
    regular_notes_read: int = setting(150, 0, 10_000, "The notes that a member must read to become a regular.")
    regular_likes_received: int = setting(10, 0, 10_000, "The likes that a member must receive to become a regular.")
    max_notes_read_per_day: int = setting(60, 1, 60, "The most notes of a day that count as read.")
    max_reading_absence: timedelta = setting(60 * DAY, DAY, 365 * DAY, "After a longer absence the reading totals start again.")
    min_membership_for_trust: timedelta = setting(DAY, timedelta(0), 30 * DAY, "How long every new member stays a newcomer.")
    trust_block: timedelta = setting(
        14 * DAY, timedelta(0), 365 * DAY, "How long a member stays a newcomer after the end of a sanction."
    )
    max_make_up_age: timedelta = setting(7 * DAY, DAY, 31 * DAY, "How old a missed check-in can be to be made up.")

    # The members' brake
    brake_percent: int = setting(10, 1, 100, "The active members who together pause sales, in percent.")
    min_brake_pulls: int = setting(3, 1, 1000, "The fewest members who pause sales, also in a small circle.")
    brake_period: timedelta = setting(7 * DAY, DAY, 30 * DAY, "How long the pulls of a brake count together.")
    brake_pause: timedelta = setting(72 * HOUR, HOUR, 30 * DAY, "How long the brake pauses sales.")

    # Digests and recaps
    digest_hour: int = setting(20, 0, 23, "The hour of the day at which daily digests are published.")
    digest_notes: int = setting(5, 1, 10, "The most notes that a daily digest names.")
    digest_catch_up: timedelta = setting(7 * DAY, DAY, 31 * DAY, "How old a missed evening can be to get its digest late.")
    quiet_from_hour: int = setting(22, 0, 23, "The hour at which quiet hours begin for members who set none.")
    quiet_until_hour: int = setting(8, 0, 23, "The hour at which quiet hours end for members who set none.")
    recap_notes: int = setting(10, 1, 20, "The most notes that a recap shows.")
    max_missed_notes: int = setting(100, 10, 1000, "The highest number of missed notes that a recap counts.")

    # Campaigns
    campaign_consent_revision: int = setting(
        1, 1, 10_000, "The revision of the text by which users consent to campaigns. A new one needs their consent again."
    )
    interest_window: timedelta = setting(30 * DAY, DAY, 180 * DAY, "How long ago the last reading of an interest can be.")
    min_people_of_campaign: int = setting(
        5, 5, 1000, "The fewest people that a number of a campaign shows; numbers are rounded down to a multiple of it."
    )
    max_people_of_campaign: int = setting(500, 5, 5000, "The most people that one campaign finds.")
    campaign_message_interval: timedelta = setting(
        7 * DAY, 7 * DAY, 90 * DAY, "How long a person gets no other message, of any campaign."
    )
    campaign_duration: timedelta = setting(
        14 * DAY, DAY, 60 * DAY, "How long a campaign counts what people do after its message."
    )
    campaign_pause: timedelta = setting(
        14 * DAY, DAY, 365 * DAY, "How long after the start of a campaign its circle can start the next one."
    )
    campaign_count_interval: timedelta = setting(DAY, MINUTE, 7 * DAY, "How often the stages of a campaign are counted.")
    max_campaign_min_days: int = setting(7, 1, 30, "The most days with reading that a campaign can require.")

    # Owners and the end of a circle
    role_proposal_lifetime: timedelta = setting(7 * DAY, HOUR, 60 * DAY, "How long a member can accept a role of trust.")
    offer_lifetime: timedelta = setting(7 * DAY, DAY, 60 * DAY, "How long a candidate can accept the ownership of a circle.")
    max_owner_silence: timedelta = setting(
        30 * DAY, 7 * DAY, 365 * DAY, "After a longer silence the circle is offered to others."
    )
    closing_notice: timedelta = setting(30 * DAY, DAY, 90 * DAY, "The notice period of a circle if its owner sets none.")
    min_closing_notice: timedelta = setting(7 * DAY, DAY, 90 * DAY, "The shortest notice period that an owner can choose.")
    max_closing_notice: timedelta = setting(90 * DAY, DAY, 90 * DAY, "The longest notice period that an owner can choose.")
    # The bucket deletes exports after 8 days.
    export_lifetime: timedelta = setting(7 * DAY, DAY, 7 * DAY, "How long a data export can be downloaded.")
    max_export_time: timedelta = setting(
        DAY, HOUR, 7 * DAY, "How long an export that is not ready prevents the next one of the same user."
    )
    deletion_notice: timedelta = setting(15 * DAY, DAY, 30 * DAY, "How long a user can withdraw the deletion of their account.")
    deletion_postponement: timedelta = setting(
        DAY, HOUR, 7 * DAY, "How long the deletion of an account is postponed if an order was opened meanwhile."
    )
    health_window: timedelta = setting(28 * DAY, 7 * DAY, 90 * DAY, "The period whose posts the health of a circle measures.")
    first_reply_within: timedelta = setting(
        24 * HOUR, HOUR, 7 * DAY, "How soon a newcomer's first note needs a reply to count as replied to."
    )
    dormant_after: timedelta = setting(14 * DAY, DAY, 365 * DAY, "After a longer silence a circle counts as dormant.")


settings = InForce(
    CirclesSettings, Flag(DAILY_DIGEST, True, "The daily digest of a circle is published.", context=("circle_id",))
)

"""Fields of the chat service, over HTTP and in frames."""

from __future__ import annotations

from services.shared.http.glossary.entry import ULID, USER, Entry

FIELDS: dict[str, Entry] = {
    "actors": ("Ids of the last users who acted, at most 3; none if the platform did.", [USER]),
    "action": ("What the frame requests.",),
    "after_seq": ("The highest sequence number that the user has seen in the room; 0 for none.", 41),
    "at": ("When its latest state arrived. The list is sorted by it.",),
    "content_id": ("Of a take-down: the id of the content, as a report names it.", f"note_{ULID}"),
    "content_kind": ("Of a take-down or a report: what kind of content it is.", "note"),
    "count": ("How many acts it stands for: likes of the note, or users who wait for approval; otherwise 1.", 1),
    "has_more": ("Whether there are more than `unread` counts.", False),
    "daily_digest": ("Whether a push says once a day how many notifications are unread.", True),
    "digest_at": ("When the daily digest is sent, in China time; in quiet hours it is sent at their end.", "20:00"),
    "host": ("Host of the push service.", "push.example.com"),
    "public_key": (
        "The key of the platform: pass it to `PushManager.subscribe` as `applicationServerKey`.",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ),
    "quiet": ("Whether there are quiet hours.", True),
    "quiet_from": ("When the quiet hours begin, in China time.", "22:00"),
    "quiet_now": ("Whether the quiet hours apply now.", False),
    "quiet_until": ("When the quiet hours end, in China time.", "08:00"),
    "read": ("Whether the read marker has passed it.", False),
    "read_until": ("Everything that arrived up to this moment is read.", "2026-03-05T04:00:00.000Z"),
    "unlisted": ("The kinds that are neither listed nor counted nor pushed to sockets.", ["like"]),
    "unpushed": ("The kinds that are not pushed to browsers.", ["like"]),
    "unread": ("How many are unread, at most 99.", 3),
    "auth": ("The browser's secret, as base64url.", "BTBZMqHH6r4Tts7J_aSIgg"),
    "p256dh": (
        "The browser's public key, as base64url.",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ),
    "NotificationContent.state": (
        "The state of the subject, as its service publishes it; null if the kind says it all.",
        "shipped",
    ),
    "NotificationContent.subject_id": ("What it is about. There is one notification per kind and subject.", f"com_{ULID}"),
    "card": ("The product that the message shows; null without one.",),
    "client_msg_id": ("Chosen by the client once per message; a retry repeats it.", "01KB9ZQ4T8N3W5X7"),
    "expires_in": ("Seconds until the ticket expires.", 60),
    "name": ("Name of the room.", "大厅"),
    "notice": ("What members read first; empty for none.", "每周六早上 7 点集合。"),
    "ref": ("Text of the client, which the response frame repeats.", "r-17"),
    "sender": ("Id of the user who sent the message; null for a void or a tombstone of another user.", USER),
    "sent_at": ("When the message was sent.",),
    "text": ("Text of the message; empty for a void or a tombstone, and for a message of pictures alone.", "大家早。"),
    "ticket": ("The ticket. Connect to the WebSocket address with `?ticket=`; it can be used once.", "example-ticket"),
    "MessageReportRequest.reason": ("What is wrong with the message.",),
    "MessageReportRequest.text": ("What the reporter adds for the reviewer.", "反复发广告。"),
    "ReadFrame.seq": ("The highest sequence number that the user has read.", 42),
    "ReadMarkerRequest.seq": ("The highest sequence number that the user has read.", 42),
    "ReadMarkerResponse.seq": ("Where the read marker is now.", 42),
    "SendFrame.listing_id": ("Id of a listing of this circle, shown as a product card.", "lst_01KB9ZQ4T8N3W5X7Y2V6R1M0CE"),
    "SendMessageRequest.listing_id": (
        "Id of a listing of this circle, shown as a product card.",
        "lst_01KB9ZQ4T8N3W5X7Y2V6R1M0CE",
    ),
}

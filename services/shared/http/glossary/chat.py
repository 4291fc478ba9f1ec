"""Fields of the chat service, over HTTP and in frames."""

from __future__ import annotations

from services.shared.http.glossary.entry import USER, Entry

FIELDS: dict[str, Entry] = {
    "action": ("What the frame requests.",),
    "after_seq": ("The highest sequence number that the user has seen in the room; 0 for none.", 41),
    "card": ("The product that the message shows; null without one.",),
    "client_msg_id": ("Chosen by the client once per message; a retry repeats it.", "01KB9ZQ4T8N3W5X7"),
    "expires_in": ("Seconds until the ticket expires.", 60),
    "name": ("Name of the room.", "大厅"),
    "ref": ("Text of the client, which the response frame repeats.", "r-17"),
    "sender": ("Id of the user who sent the message; null for a void or a hidden message.", USER),
    "sent_at": ("When the message was sent.",),
    "text": ("Text of the message; empty for a void or a hidden message.", "大家早。"),
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

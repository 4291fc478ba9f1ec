"""A valid request body for each operation, over an `ApiFixture`."""

from __future__ import annotations

import hashlib
import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image

from services.shared.kernel.clock import rfc3339
from services.shared.kernel.ids import new_id

if TYPE_CHECKING:
    from simulation.api.fixture import ApiFixture

APPLICATION: dict[str, Any] = {
    "resonance": "想和同样会为一声鸣叫停下脚步的人待在一起。",
    "circle_name": "城市观鸟圈",
    "circle_tags": ["观鸟"],
    "circle_definition": "只聊在城市里看得到的野鸟。",
    "early_building": "每周一次晨观。",
    "weekly_hours": 10,
    "evidence": ["https://example.org/a"],
    "plan": "先邀请三十位朋友。",
}
REASONED: dict[str, Any] = {"reasons": ["meets_criteria"], "note": "写得清楚。"}
REPORT = {"reason": "spam", "text": "反复发广告。"}
READ_GRANT = {"read": "users"}
APPEALS = {
    "appeal_sanction": {"statement": "这是误会，请再看看。"},
    "appeal_take_down": {"statement": "这不是广告，请再看看。"},
    "decide_appeal": {"outcome": "granted", "note": "未发现违规。"},
}
DISPUTE = {"reason": "not_received", "statement": "一直没收到货。"}
RULING = {"amount": 5_000, "note": "双方各半。"}
SCORES = {"resonance": 4, "definite_circle": 5, "early_building": 4, "time": 3}


def _png() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(file, "PNG")
    return file.getvalue()


PNG = _png()
UPLOAD = {"type": "image/png", "size": len(PNG)}
LISTING: dict[str, Any] = {"kind": "c2c", "title": "望远镜", "amount": 12_900, "currency": "CNY", "stock": 100}
SHIPMENT = {"carrier": "顺丰速运", "tracking_number": "SF1234567890"}
ADDRESS = {
    "recipient": "陈岚",
    "phone": "138 0000 5678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 100 号 2 单元 301",
}
SETTINGS: dict[str, dict[str, Any]] = {
    "review": {"max_circle_tags": 9},
    "circles": {"max_blocks": 99},
    "chat": {"max_pins": 6},
    "commerce": {"max_quantity": 9},
}
READ_UNTIL = rfc3339(datetime.now(UTC))
PUSH_SUBSCRIPTION = {"endpoint": "https://push.example.com/v1/abc", "p256dh": "B" * 87, "auth": "A" * 22}
CHAT: dict[str, dict[str, Any]] = {
    "send_message": {"client_msg_id": "message-0001", "after_seq": 0, "text": "大家早。", "pictures": []},
    "update_message": {"text": "大家早上好。"},
    "remove_message": {"reason": "广告。"},
    "open_topic": {"name": "湿地晨观", "notice": "每周六早上 7 点集合。"},
    "update_room": {"notice": "今晚有雨，晨观改期。"},
    "mark_read": {"seq": 1},
    "report_message": {"seq": 1, "reason": "spam"},
    "mark_notifications_read": {"read_until": READ_UNTIL},
    "set_notification_preferences": {
        "unlisted": [],
        "unpushed": ["like"],
        "quiet": True,
        "quiet_from": "23:00:00",
        "quiet_until": "07:30:00",
    },
    "create_push_subscription": PUSH_SUBSCRIPTION,
}
CLAIMS: dict[str, dict[str, Any]] = {
    "decide_return": {"verdict": "approve", "note": "请寄回。"},
    "send_return": {"carrier": "顺丰速运", "tracking_number": "SF1234567890"},
    "open_dispute": DISPUTE,
    "answer_dispute": {"text": "已于周一妥投。"},
    "propose_ruling": RULING,
}
WEBHOOK_EVENT: dict[str, Any] = {
    "event_id": "evt_1",
    "type": "payment.captured",
    "payment_id": "pay_1",
    "reference": f"{uuid.uuid4()}/{new_id('ord')}",
    "amount": 12_900,
    "currency": "CNY",
    "captured_at": rfc3339(datetime.now(UTC)),
}


def circle_name_of(seed: str, name: str = "城市观鸟圈") -> str:
    """Return a name of a circle that looks like no name of another seed. Its suffix can be no contact data."""
    suffix = hashlib.sha256(seed.encode()).digest()[:8]
    return f"{name} {''.join('bcdfhjklmnprsuyz'[byte % 16] for byte in suffix)}"


COUPON = {
    "amount": 100,
    "currency": "CNY",
    "min_spend": 1_000,
    "kinds": ["c2c"],
    "max_uses": 1_000,
    "max_uses_per_user": 10,
    "ends_at": rfc3339(datetime.now(UTC) + timedelta(days=30)),
}


def request_body(api: ApiFixture, name: str) -> Any:
    """Return a valid body for an operation."""
    application = {**APPLICATION, "real_name_token": api.tokens["owner"]}
    decision = {"verdict": "approve", "content_hash": api.content_hash, "scores": SCORES}
    settings = {
        f"update_{service}_settings": {"values": values, "reason": "按运营建议调整。"} for service, values in SETTINGS.items()
    }
    return (
        {**_of_circles(api), **APPEALS, "create_read_grant": READ_GRANT}.get(name)
        or {**settings, **CHAT, **CLAIMS, **_of_claims(api), **_of_shop(api)}.get(name)
        or {
            "create_application": APPLICATION,
            "rename_circle": {"name": circle_name_of(api.name, "城市观鸟与自然")},
            "update_application": application,
            "appeal_application": {"cites": "circle_vague", "statement": "定位已写明：只聊城市里的野鸟。"},
            "hand_over_claim": {"to_user_id": api.users["second_reviewer"].user_id},
            "request_information": {"fields": ["plan"], "note": "请补充第二个月的安排。"},
            "decide_applications": {"decisions": [{**decision, "application_id": api.applications.get("claimed"), **REASONED}]},
            "assess_owner": {"outcome": "renew", "note": "圈子活跃，管理有序。"},
            "impose_sanction": {"level": "muted", "violation": "spam", "reason": "多次发布不实信息。"},
            "ratify_sanction": {"proposal_id": api.proposal_id},
            "reject_sanction": {"proposal_id": api.proposal_id},
            "lift_sanction": {"reason": "申诉成立。"},
            "decide_case": {"outcome": "dismissed", "note": "未发现违规。"},
            "decide_application": {**decision, **REASONED},
            "verify_identity": {"real_name_token": api.tokens.get("owner")},
            "accept_succession": {"real_name_token": api.tokens.get("moderator")},
            "decide_succession": {"verdict": "approve", "note": "熟悉圈子，愿意投入。"},
            "enrol_reviewer": {"real_name_token": api.tokens["target"]},
            "handle_webhook_event": WEBHOOK_EVENT,
        }[name]
    )


def _of_shop(api: ApiFixture) -> dict[str, Any]:
    return {
        "report_listing": REPORT,
        "remove_listing": {"reason": "假货。"},
        "create_listing": LISTING,
        "create_quick_listing": {"title": "自行车", "amount": 30_000},
        "restock_listing": {"add": 1},
        **dict.fromkeys(("create_address", "update_address"), ADDRESS),
        "put_order_address": {"address_id": api.ids.get("address_of_member")},
        "ship_order": SHIPMENT,
        "correct_shipment": SHIPMENT,
        "refund_order": {"amount": 900, "currency": "CNY"},
        "update_listing": {"title": "望远镜，降价", "amount": 9_900, "currency": "CNY"},
        "put_cart": {"lines": [{"listing_id": api.ids.get("listing_id"), "quantity": 1}]},
        "check_out": {"lines": [{"listing_id": api.ids.get("listing_id"), "revision": api.revision, "quantity": 1}]},
        "add_touches": {"tokens": ["A" * 132]},
        "issue_coupon": COUPON,
        "claim_coupon_by_code": {"code": api.coupon_code},
        "start_payments": {"order_ids": [api.orders.get("reserved")]},
        "place_order": {"listing_id": api.ids.get("listing_id"), "revision": api.revision, "quantity": 1},
        "set_payout_account": {"account_id": "acct_1001"},
        "request_payout": {"source": "seller", "amount": 1_000, "currency": "CNY"},
        "reject_payout": {"note": "请先联系客服核实。"},
    }


def _of_claims(api: ApiFixture) -> dict[str, Any]:
    ruling = {name: {"proposal_id": api.ruling_id} for name in ("ratify_ruling", "reject_ruling")}
    return {"request_return": request_of_return(api), **ruling}


def request_of_return(api: ApiFixture) -> dict[str, Any]:
    """Return one unit of the listing of the received order."""
    return {"lines": [{"listing_id": api.returnable_id, "quantity": 1}], "reason": "damaged", "text": "镜片有划痕。"}


def _of_circles(api: ApiFixture) -> dict[str, Any]:
    return {
        **dict.fromkeys(("report_note", "report_comment", "report_member", "report_circle", "report_circle_name"), REPORT),
        "issue_passcode": {"expires_in_hours": 24, "max_uses": 5},
        "rotate_passcode": {"grace_hours": 24},
        "join_circle": {"passcode": api.passcode},
        "set_role": {"role": "moderator"},
        "accept_role": {"role": "moderator"},
        "impose_member_sanction": {"kind": "kick", "reason": "反复发布广告。"},
        "update_circle": {"description": "只聊城市里的野鸟，不公布巢址。", "count_visible_to": "moderators"},
        "set_screening": {"rules": "不公布巢址。", "questions": ["常去哪里看鸟？"], "approval": False},
        "answer_screening": {"agrees": True, "revision": 0, "answers": []},
        "lift_member_sanction": {"reason": "申诉成立。"},
        **dict.fromkeys(("create_upload", "create_room_upload", "create_listing_upload", "create_avatar_upload"), UPLOAD),
        "update_profile": {"nickname": "阿岚爱观鸟", "bio": "周末在湿地，平时在写代码。"},
        "update_membership": {"nickname": "大山雀"},
        "post_note": {"text": "今早在江边看到白鹭。", "tags": ["观鸟"]},
        "update_note": {"text": "今早在江边看到白鹭和夜鹭。", "tags": ["观鸟"]},
        "create_draft": {"text": "草稿。", "tags": ["观鸟"]},
        "update_draft": {"text": "写好了。", "tags": []},
        "record_views": {"note_ids": [api.ids.get("note_id")]},
        "set_digest_preference": {"on": True, "quiet_from": "23:00:00", "quiet_until": "07:30:00"},
        "set_campaign_consent": {"on": True, "revision": 1},
        "create_campaign": {"min_days": 1},
        "set_teaser": {"text": "城市里看得到的野鸟，欢迎同好。", "tags": ["观鸟"]},
        "request_to_join": {"text": "看了三年鸟，想加入。"},
        "offer_ownership": {"candidate_id": api.users["moderator"].user_id},
        "close_circle": {"notice_days": 30},
        "create_export": {"kind": "own"},
        "request_deletion": {"content": "keep"},
        "make_up_day": {"day": api.missed_day.isoformat()},
        "merge_tags": {"into": "pour-over-coffee"},
        "add_comment": {"text": "好美。"},
        "update_comment": {"text": "好美，是白鹭。"},
        "remove_note": {"reason": "公布了巢址。"},
        "remove_comment": {"reason": "人身攻击。"},
    }

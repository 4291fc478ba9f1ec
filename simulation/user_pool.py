"""The stand-in of the user pool, and the rules of its tokens."""

from __future__ import annotations

from services.shared.security.tokens import TokenRules

STAFF_CLIENT, MEMBERS_CLIENT = "staff-client", "members-client"
# As infra/platform.yaml states them, with a client id of its own.
TOKEN_CLAIMS = {
    "TOKEN_CLAIMS": "token_use=access",
    "GROUPS_CLAIM": "cognito:groups",
    "STAFF_CLAIMS": f"client_id={STAFF_CLIENT},totp=enabled",
}
TOKENS = TokenRules.parse(*TOKEN_CLAIMS.values())


class FakeUserPool:
    """Records of which users the refresh tokens were ended, and which users were deleted."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.deleted: list[str] = []

    def end_refresh_tokens(self, user_id: str) -> None:
        self.ended.append(user_id)

    def delete_user(self, user_id: str) -> None:
        self.deleted.append(user_id)

"""The user pool, in which a user's refresh tokens are ended, and in the end the user is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from services.shared.kernel.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

NO_POOL = "none"  # another issuer signs the tokens


@dataclass(frozen=True, slots=True)
class UserPool:
    """The user pool of the stage. connect: returns its client, which a function without sign-outs never builds."""

    pool_id: str
    connect: Callable[[], CognitoIdentityProviderClient]

    def end_refresh_tokens(self, user_id: str) -> None:
        """End all refresh tokens of a user. No effect with another issuer, or if the pool no longer has the user.

        The name of a user in the pool is their id, because users sign in by e-mail.
        Raises: Unavailable.
        """
        if self.pool_id == NO_POOL:
            return
        idp = self.connect()
        try:
            idp.admin_user_global_sign_out(UserPoolId=self.pool_id, Username=user_id)
        except idp.exceptions.UserNotFoundException:
            return
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(retry_after=1) from error

    def delete_user(self, user_id: str) -> None:
        """Delete the sign-in of a user. No effect with another issuer, or if the pool no longer has the user.

        Raises: Unavailable.
        """
        if self.pool_id == NO_POOL:
            return
        idp = self.connect()
        try:
            idp.admin_delete_user(UserPoolId=self.pool_id, Username=user_id)
        except idp.exceptions.UserNotFoundException:
            return
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(retry_after=1) from error

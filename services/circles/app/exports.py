"""Routes of data exports."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.http.responses import Redirect
from services.shared.kernel.errors import AccountSuspended
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post(
    "/circles/{circle_id}/exports", kind=ActionKind.ACCOUNT, status=201, raises=(*ROLE, AccountSuspended, errors.ExportRunning)
)
def create_export(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ExportRequest) -> schemas.ExportResponse:
    """Request an export of your own data or of your circle.

    It starts within a minute, and it can be downloaded until it expires.
    """
    return schemas.ExportResponse.of(usecases.create_export(wiring.ports(), caller, circle_id, key, body.kind))


@api.get("/circles/{circle_id}/exports/{export_id}", kind=ActionKind.ACCOUNT, raises=(AccountSuspended,))
def get_export(caller: Caller, circle_id: str, export_id: str) -> schemas.ExportResponse:
    """Get an export with its progress."""
    return schemas.ExportResponse.of(usecases.get_export(wiring.ports(), caller, circle_id, export_id))


@api.get("/circles/{circle_id}/exports/{export_id}/files/{index}", kind=ActionKind.ACCOUNT, raises=(AccountSuspended,))
def get_export_part_url(caller: Caller, circle_id: str, export_id: str, index: str) -> Redirect:
    """Download a file of your export by a URL that is valid for a minute; file 0 is the manifest."""
    return Redirect(usecases.get_export_part_url(wiring.ports(), caller, circle_id, export_id, int(index)))


@api.get("/circles/{circle_id}/exports/{export_id}/pictures/{picture_id}", kind=ActionKind.ACCOUNT, raises=(AccountSuspended,))
def get_exported_picture_url(caller: Caller, circle_id: str, export_id: str, picture_id: str) -> Redirect:
    """Download a picture of your export by a URL that is valid for a minute."""
    return Redirect(usecases.get_exported_picture_url(wiring.ports(), caller, circle_id, export_id, picture_id))


@api.post("/me/exports", kind=ActionKind.ACCOUNT, status=201, raises=(errors.ExportRunning,))
def create_account_export(caller: Caller, key: IdempotencyKey) -> schemas.AccountExportResponse:
    """Request an export of everything that is yours, in all circles and outside of them.

    It starts within a minute, and it can be downloaded until it expires.
    """
    return schemas.AccountExportResponse.of(usecases.create_account_export(wiring.ports(), key))


@api.get("/me/exports/{export_id}", kind=ActionKind.ACCOUNT)
def get_account_export(caller: Caller, export_id: str) -> schemas.AccountExportResponse:
    """Get an export of your account with its progress."""
    return schemas.AccountExportResponse.of(usecases.get_account_export(wiring.ports(), caller, export_id))


@api.get("/me/exports/{export_id}/files/{index}", kind=ActionKind.ACCOUNT)
def get_account_export_part_url(caller: Caller, export_id: str, index: str) -> Redirect:
    """Download a file of the export of your account by a URL that is valid for a minute; file 0 is the manifest."""
    return Redirect(usecases.get_account_export_part_url(wiring.ports(), caller, export_id, int(index)))


@api.get("/me/exports/{export_id}/pictures/{picture_id}", kind=ActionKind.ACCOUNT)
def get_account_export_picture_url(caller: Caller, export_id: str, picture_id: str) -> Redirect:
    """Download a picture of the export of your account by a URL that is valid for a minute."""
    return Redirect(usecases.get_account_export_picture_url(wiring.ports(), caller, export_id, picture_id))

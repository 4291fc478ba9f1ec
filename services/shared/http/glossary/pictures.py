"""Fields of uploads and pictures, in each service that has them."""

from __future__ import annotations

from services.shared.http.glossary.entry import ULID, Entry

FIELDS: dict[str, Entry] = {
    "UploadResponse.fields": (
        "Fields of the form, to send before the file and unchanged.",
        {"key": f"uploads/pic_{ULID}", "Content-Type": "image/png"},
    ),
    "PictureRequest.size": ("Size in bytes.", 482_113),
    "UploadResponse.url": ("Where to POST the form.", "https://uploads.example.com/"),
    "PictureReasonResponse.code": ("Stable code of the reason.", "picture-too-large"),
    "PictureReasonResponse.en": ("The reason in English.", "must be at most 8 MB"),
    "PictureReasonResponse.zh_cn": ("The reason in Chinese.", "图片不能超过 8 MB"),
    "PictureRequest.type": ("Media type of the picture.",),
    "PictureResponse.type": ("Media type of the picture.",),
    "UploadedPictureResponse.reason": ("Why the picture was rejected; null unless it was.",),
}

"""Errors of uploads and pictures, in each service that has them."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ERRORS = {
    "pictures-not-ready": Entry(
        en=Text("Some pictures are still being processed.", "Try again in a second."), zh=Text("图片处理中", "请稍后重试")
    ),
    "pictures-invalid": Entry(
        en=Text("Some pictures cannot be attached.", "Upload them again."), zh=Text("部分图片无法使用", "请重新上传")
    ),
}

FIELDS = {
    "must-be-own-upload": Message(
        "must be a picture that you uploaded to this circle or room", "请选择你在这个圈子或房间上传的图片"
    ),
    "picture-awaiting-upload": Message(
        "must be uploaded first, with its form or a new one", "图片还没上传，请先上传，表单失效时重新获取"
    ),
    "picture-expired": Message("was not uploaded in time; request another form and upload it", "图片没有按时上传，请重新上传"),
    "picture-processing": Message("is being processed; try again in a second", "图片处理中，请稍后重试"),
    "picture-not-processed": Message(
        "could not be processed; save it as a JPEG and upload that", "图片处理失败，请另存为 JPEG 再上传"
    ),
    "picture-used": Message("was used already; upload it again", "图片已使用过，请重新上传"),
    "picture-too-large": Message("must be at most 8 MB", "图片不能超过 8 MB"),
    "picture-too-complex": Message(
        "takes too long to process; save it as a JPEG and upload that", "图片处理时间过长，请另存为 JPEG 再上传"
    ),
    "picture-too-many-pixels": Message(
        "must have at most 50 million pixels as a JPEG, 25 million as a PNG or WebP, and 32768 per side",
        "JPEG 图片最多 5000 万像素，PNG 和 WebP 最多 2500 万像素，每边最多 32768 像素",
    ),
    "picture-type-wrong": Message("must be a complete picture of its declared type", "图片已损坏或格式不符，请换一张"),
}

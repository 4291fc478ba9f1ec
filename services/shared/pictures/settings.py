"""The settings of pictures, which each service with pictures has."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from services.shared.kernel.settings import Settings, burst, interval, setting

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MB = 1024 * 1024
MAX_PICTURE_BYTES = 8 * MB


class PictureSettings(Settings):
    """How pictures are uploaded, processed and loaded."""

    ORDER: ClassVar[tuple[tuple[str, str], ...]] = (
        ("thumbnail_pixels", "picture_pixels"),
        ("picture_cpu_time", "picture_time_per_minute"),
    )

    upload_burst: int = burst(60, "create an upload")
    upload_interval: timedelta = interval(5 * SECOND, "upload")
    max_picture_bytes: int = setting(
        MAX_PICTURE_BYTES, 100_000, MAX_PICTURE_BYTES, "The largest picture that can be uploaded, in bytes."
    )
    picture_pixels: int = setting(
        4096, 256, 8192, "The longer side of a stored picture, in pixels; larger ones are scaled down."
    )
    thumbnail_pixels: int = setting(480, 64, 1024, "The longer side of a thumbnail, in pixels.")
    picture_quality: int = setting(85, 40, 95, "The quality that pictures are encoded with, from 0 to 100.")
    picture_cpu_time: timedelta = setting(
        3 * SECOND, SECOND, 20 * SECOND, "The CPU time after which the processing of one picture ends; the picture is invalid."
    )
    picture_time_per_minute: timedelta = setting(
        15 * SECOND, SECOND, 5 * MINUTE, "The time of the picture worker per user and minute; further uploads wait."
    )
    upload_lifetime: timedelta = setting(5 * MINUTE, 30 * SECOND, HOUR, "How long an upload form can be used.")
    checked_picture_lifetime: timedelta = setting(
        2 * DAY, HOUR, 30 * DAY, "How long an uploaded picture can wait to be posted."
    )
    picture_url_lifetime: timedelta = setting(
        10 * MINUTE,
        6 * MINUTE,
        15 * MINUTE,
        "How long the address of a picture is valid at most, also after a kick; 5 minutes less at least.",
    )

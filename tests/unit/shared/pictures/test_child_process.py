"""The child process that re-encodes a picture: it ends at its limit of CPU time, and no file of a user makes it fail."""

from __future__ import annotations

import io
import os
import resource
import signal
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.circles.settings import CirclesSettings, settings
from services.shared.pictures import child_process
from services.shared.pictures.clean import PictureInvalid
from services.shared.pictures.upload import FLAWS
from tests.support.imaging import clean, clean_in_child
from tests.unit.shared.pictures.test_imaging import chunk, picture


def progressive_bomb(scans: int) -> bytes:
    """Return a JPEG of 300 KB whose last scan, over 48 million pixels, comes again and again."""
    out = io.BytesIO()
    Image.new("RGB", (8000, 6000), "red").save(out, "JPEG", progressive=True, quality=50)
    data = out.getvalue()
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last_scan * scans + b"\xff\xd9"


def cpu_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_c13_a_picture_that_takes_too_long_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "override", CirclesSettings(picture_cpu_time=timedelta(seconds=1)))
    before = cpu_seconds_of_children()
    with pytest.raises(PictureInvalid, match="too_complex"):
        clean_in_child(progressive_bomb(2000), "image/jpeg")
    assert cpu_seconds_of_children() - before < 1.5


def test_c13_a_picture_that_needs_too_much_memory_is_a_named_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit ends the picture, before the kernel ends the whole function for all its memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    used = int(status.partition("VmData:")[2].split()[0]) * 1024
    monkeypatch.setattr(child_process, "MAX_MEMORY", used + 20 * 1024 * 1024)
    out = io.BytesIO()
    Image.new("RGB", (5000, 4000)).save(out, "PNG")
    with pytest.raises(PictureInvalid, match="too_complex"):
        clean_in_child(out.getvalue(), "image/png")


def small_png(extra: bytes) -> bytes:
    data = picture("PNG", (10, 10))
    return data[:33] + extra + data[33:]  # after the header


FORGED: dict[str, Callable[[], bytes]] = {
    "a text of 100 MB": lambda: small_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))),
    "a colour profile of 100 MB": lambda: small_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))),
    "EXIF data without an end": lambda: small_png(chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12" * 50)),
    "an invalid size of a chunk": lambda: small_png(b"\xff\xff\xff\xffIDAT"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_c13_a_forged_file_is_shown_or_invalid_and_never_an_error(kind: str) -> None:
    try:
        assert clean_in_child(FORGED[kind](), "image/png").width == 10
    except PictureInvalid as error:
        assert str(error) in FLAWS


def test_c13_a_file_of_many_chunks_ends_within_the_limit() -> None:
    before = cpu_seconds_of_children()
    try:
        clean_in_child(small_png(chunk(b"abCd", b"") * 200_000), "image/png")
    except PictureInvalid as error:
        assert str(error) == "too_complex"
    assert cpu_seconds_of_children() - before < settings().picture_cpu_time.total_seconds() + 0.5


def _raise(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("failure", "flaw"),
    [
        (lambda: os._exit(139), "too_complex"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "too_complex"),  # as the kernel does when memory ends
        (lambda: _raise(MemoryError()), "too_complex"),
        (lambda: _raise(KeyError("orientation")), "wrong_type"),
        (lambda: _raise(PictureInvalid("too_large")), "too_large"),
    ],
    ids=["the decoder crashes", "the kernel ends it", "out of memory", "an unknown error", "a known error"],
)
def test_c13_every_way_to_fail_is_a_named_reason(monkeypatch: pytest.MonkeyPatch, failure: Any, flaw: str) -> None:
    monkeypatch.setattr(child_process, "clean", lambda *_, **__: failure())
    with pytest.raises(PictureInvalid) as error:
        clean_in_child(b"", "image/png")
    assert (str(error.value), str(error.value) in FLAWS) == (flaw, True)


def test_c13_the_child_returns_what_the_re_encoding_returns() -> None:
    data = picture("PNG", (300, 200))
    assert clean_in_child(data, "image/png") == clean(data, "image/png")

"""Re-encoding of one picture in a process of its own, which the kernel ends at a limit of CPU time.

Nothing inside a process can interrupt a decoder that is written in C. The child is a fork, so it imports nothing again.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from multiprocessing.connection import Connection

from services.shared.kernel.observability import logger
from services.shared.pictures.clean import CleanPicture, PictureInvalid
from services.shared.pictures.imaging import clean
from services.shared.pictures.settings import PictureSettings

# Of the function's 1,769 MB: a picture that needs more ends as a named reason, before the kernel ends the whole function.
MAX_MEMORY = 1_400 * 1024 * 1024
FORK = multiprocessing.get_context("fork")  # with pipes only: Lambda has no shared memory


def clean_in_child(data: bytes, type: str, settings: PictureSettings, *, square: int = 0) -> CleanPicture:
    """Re-encode a picture as `imaging.clean` does, within `picture_cpu_time`.

    Raises: PictureInvalid (also of a picture that reaches the limit, takes too much memory, or crashes its decoder).
    """
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_clean, args=(sender, data, type, settings, square), daemon=True)
    child.start()
    sender.close()
    try:
        result: CleanPicture | PictureInvalid = receiver.recv()
    except EOFError:  # the child ended without a result
        result = PictureInvalid("too_complex")
    finally:
        child.join()
        receiver.close()
    if isinstance(result, PictureInvalid):
        raise result
    return result


def _clean(sender: Connection, data: bytes, type: str, settings: PictureSettings, square: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, settings.picture_cpu_time.total_seconds())
    sender.send(clean_or_flaw(data, type, settings, square=square))


def clean_or_flaw(data: bytes, type: str, settings: PictureSettings, *, square: int = 0) -> CleanPicture | PictureInvalid:
    """Re-encode a picture as `imaging.clean` does, and return the result or why there is none, whatever the decoder raises."""
    try:
        return clean(data, type, settings, square=square)
    except PictureInvalid as error:
        return error
    except MemoryError:
        return PictureInvalid("too_complex")
    except Exception as error:  # noqa: BLE001 (a forged file can raise anything in a decoder, and no retry changes that)
        logger().warning("picture not decoded", error_type=error.__class__.__name__)
        return PictureInvalid("wrong_type")

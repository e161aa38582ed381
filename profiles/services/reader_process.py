"""Things made ahead in a process of its own, so that the one who takes them need not wait.

The process is a copy of this one (a fork), so it starts at once and needs memory only for what it
changes. It must not use the database. It dies with its parent, even by `kill -9`, on Linux; on
other systems at its next write.
"""

import contextlib
import ctypes
import fcntl
import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, TypeVar

T = TypeVar("T")
PR_SET_PDEATHSIG = 1
PIPE = 1024 * 1024


class ReaderDied(RuntimeError):
    """The process ended before it had made all."""


@dataclass
class _Failed:
    error: Exception


def from_own_process(make: Callable[[], Iterable[T]]) -> Generator[T, None, None]:
    """Start the process, and yield what `make()` yields, one ahead at most. Close what is returned.

    Things must be fit to pickle, and None is none. Raises what making them raised, and ReaderDied
    if the process was killed. The process ends with the thread that called this.
    """
    output, into = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux; else each 64 KiB wait for who reads them
        with contextlib.suppress(OSError):  # where few may be so big
            fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE)
    libc = ctypes.CDLL(None)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(output)
        _work(make, into, libc, parent)
    os.close(into)
    received = _receive(output, child)
    next(received)  # from now on it ends the process when it is closed
    return received


def _receive(output: int, child: int) -> Generator[Any, None, None]:
    """Yield nothing, then what the process hands over. Ends the process."""
    try:
        yield
        with os.fdopen(output, "rb") as source:
            while (item := _next(source)) is not None:
                yield item
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _next(source: BinaryIO) -> Any:
    try:
        item = pickle.load(source)  # noqa: S301 - what our own process wrote
    except (EOFError, pickle.UnpicklingError) as error:
        raise ReaderDied("The process that reads the file was killed.") from error
    if isinstance(item, _Failed):
        raise item.error
    return item


def _work(
    make: Callable[[], Iterable[object]], into: int, libc: ctypes.CDLL, parent: int
) -> NoReturn:
    """The life of the process. Nothing of the parent's is closed or flushed at its end."""
    try:
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
        gc.freeze()  # what is not looked at stays shared with the parent
        if os.getppid() == parent:
            with os.fdopen(into, "wb") as file:
                _write_all(make, file)
    finally:
        os._exit(0)


def _write_all(make: Callable[[], Iterable[object]], file: BinaryIO) -> None:
    try:
        for item in make():
            pickle.dump(item, file, pickle.HIGHEST_PROTOCOL)
            file.flush()
            del item  # before the next one is made
        pickle.dump(None, file)
    except Exception as error:  # noqa: BLE001 - handed over, raised by the parent
        pickle.dump(_Failed(_portable(error)), file)


def _portable(error: Exception) -> Exception:
    """The error, or its words if it cannot travel."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its own methods raise
        return RuntimeError("".join(traceback.format_exception(error)))
    return error

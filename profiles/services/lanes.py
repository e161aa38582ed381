"""Things done by two threads, each with a connection of its own, and in turn where it matters."""

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")
LANES = 2
Work = Callable[[T, AbstractContextManager[None]], None]
"""Does one thing. Enters its second argument for what must wait until all before it are done."""


def in_turn(things: Iterable[T], work: Work[T], *, lanes: int = LANES) -> None:
    """Do `work` for each of the things. What a thing does in its turn, it does in their order.

    Raises what taking or doing the first of them raised; those after it have no turn. With one
    lane all is done here, on this thread's connection. On others, no transaction may be open.
    """
    line = _Line(things, work)
    if lanes == 1:
        line.run()
        return
    with ThreadPoolExecutor(lanes) as pool:
        runs = [
            pool.submit(contextvars.copy_context().run, line.run_elsewhere) for _ in range(lanes)
        ]
        try:
            for run in runs:
                run.result()
        finally:
            line.close()  # also if we are told to end: by Ctrl-C, or by a limit of time


class _Closed(Exception):
    """There will be no turn any more."""


class _Line(Generic[T]):
    def __init__(self, things: Iterable[T], work: Work[T]) -> None:
        self._things, self._work = iter(things), work
        self._taken = 0
        self._done = 0
        self._is_closed = False
        self._taking = threading.Lock()
        self._moved = threading.Condition()

    def run_elsewhere(self) -> None:
        try:
            with contextlib.suppress(_Closed):
                self.run()
        finally:
            connection.close()

    def run(self) -> None:
        """Do one thing after the other, as long as there are any."""
        while True:
            with self._taking:
                number, self._taken = self._taken, self._taken + 1
                thing, error = self._take()
            with self._closed_by_error(number):
                if error is not None:
                    raise error
                if thing is None:
                    return
                self._work(thing, self._turn(number))
            thing = None  # before the next one comes

    def _take(self) -> tuple[T | None, Exception | None]:
        try:
            return next(self._things, None), None
        except Exception as error:  # noqa: BLE001 - raised in its turn
            return None, error

    @contextlib.contextmanager
    def _closed_by_error(self, number: int) -> Iterator[None]:
        """Close the line if something went wrong, but not before those in front are done."""
        try:
            yield
        except BaseException:
            self._wait(number)
            self.close()
            raise

    @contextlib.contextmanager
    def _turn(self, number: int) -> Iterator[None]:
        self._wait(number)
        yield
        with self._moved:
            self._done = number + 1
            self._moved.notify_all()

    def _wait(self, number: int) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._is_closed or self._done >= number)
            if self._is_closed:
                raise _Closed

    def close(self) -> None:
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()

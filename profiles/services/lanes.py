"""Things done by two threads, each with a connection of its own, and in turn where it matters.

What a thing does before its turn it may hold open (a transaction) until then. If one in front may
need what is held, it recalls all behind: they let go, and do it in their turn.
"""

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from django.db import connection

T = TypeVar("T")
LANES = 2


class Recalled(Exception):
    """What was done before the turn must be taken back, and done in the turn."""


class Turn:
    """A thing's place in the line. Enter it for what must wait until all before it are done."""

    def __init__(self, line: "_Line[Any]", number: int) -> None:
        self._line, self._number = line, number

    def __enter__(self) -> None:
        self._line.wait(self._number)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self._line.move("done", self._number + 1)

    @contextlib.contextmanager
    def in_order(self) -> Iterator[None]:
        """For what all do in their order, but before their turns: to take a lock that others want.

        Else somebody who waits for the lock could come between one behind, who has it and waits
        for his turn, and one in front.
        """
        self._line.wait(self._number, "begun")
        try:
            yield
        finally:
            self._line.move("begun", self._number + 1)

    def wait_ahead(self) -> None:
        """Wait for the turn with something open. Raises Recalled if it must be taken back."""
        self._line.wait(self._number, ahead=True)

    def recall(self) -> None:
        """From now on, nobody but the first in the line keeps anything open."""
        self._line.recall()


Work = Callable[[T, Turn], None]
"""Does one thing."""


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
        try:
            runs = [
                pool.submit(contextvars.copy_context().run, line.run_elsewhere)
                for _ in range(lanes)
            ]
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
        self._reached = {"begun": 0, "done": 0}
        self._is_closed = self._is_recalled = False
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
                self._work(thing, Turn(self, number))
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
            self.wait(number)
            self.close()
            raise

    def move(self, what: str, number: int) -> None:
        with self._moved:
            self._reached[what] = max(number, self._reached[what])
            self._moved.notify_all()

    def wait(self, number: int, what: str = "done", *, ahead: bool = False) -> None:
        """Wait until all before have begun, or are done. Who is done has begun."""

        def may_go_on() -> bool:
            reached = max(self._reached[what], self._reached["done"])
            return reached >= number or self._is_closed or (ahead and self._is_recalled)

        with self._moved:
            self._moved.wait_for(may_go_on)
            if self._is_closed:
                raise _Closed
            if ahead and self._is_recalled:
                raise Recalled

    def recall(self) -> None:
        with self._moved:
            self._is_recalled = True
            self._moved.notify_all()

    def close(self) -> None:
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()

"""Two threads work side by side, and one after the other where the order counts."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from profiles.services.lanes import in_turn

Turn = AbstractContextManager[None]


@pytest.mark.parametrize("lanes", [1, 2])
def test_what_is_done_in_turn_is_done_in_order(lanes: int) -> None:
    done: list[int] = []
    inside = threading.Lock()

    def work(number: int, turn: Turn) -> None:
        with turn:
            assert inside.acquire(blocking=False)
            done.append(number)
            inside.release()

    in_turn(range(1, 200), work, lanes=lanes)
    assert done == list(range(1, 200))


def test_the_next_thing_is_begun_while_the_one_before_has_its_turn() -> None:
    second_has_begun = threading.Event()

    def work(number: int, turn: Turn) -> None:
        if number == 2:
            second_has_begun.set()
        with turn:
            assert second_has_begun.wait(60)

    in_turn([1, 2], work)


@pytest.mark.parametrize("lanes", [1, 2])
def test_what_fails_ends_all_but_waits_for_those_in_front(lanes: int) -> None:
    done: list[int] = []

    def work(number: int, turn: Turn) -> None:
        if number == 4:
            raise ValueError("four")
        with turn:
            done.append(number)

    with pytest.raises(ValueError, match="four"):
        in_turn(range(1, 9), work, lanes=lanes)
    assert done == [1, 2, 3]


@pytest.mark.parametrize("lanes", [1, 2])
def test_things_that_cannot_be_taken_fail_when_those_before_are_done(lanes: int) -> None:
    done: list[int] = []

    def things() -> Iterator[int]:
        yield from (1, 2, 3)
        raise ValueError("no more")

    def work(number: int, turn: Turn) -> None:
        with turn:
            done.append(number)

    with pytest.raises(ValueError, match="no more"):
        in_turn(things(), work, lanes=lanes)
    assert done == [1, 2, 3]


def test_what_fails_in_its_turn_leaves_none_to_those_behind() -> None:
    begun: list[int] = []

    def work(number: int, turn: Turn) -> None:
        with turn:
            begun.append(number)
            if number == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_turn(range(1, 9), work)
    assert begun == [1, 2]

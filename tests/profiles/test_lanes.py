"""Two threads work side by side, and one after the other where the order counts."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from profiles.services import lanes as lanes_of
from profiles.services.lanes import Recalled, Turn, in_turn


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


def test_what_is_taken_in_order_is_taken_before_the_turn_by_one_after_the_other() -> None:
    taken: list[int] = []
    second_has_taken = threading.Event()

    def work(number: int, turn: Turn) -> None:
        with turn.in_order():
            taken.append(number)
        if number == 2:
            second_has_taken.set()
        with turn:
            assert number > 1 or second_has_taken.wait(10)

    in_turn(range(1, 50), work)
    assert taken == list(range(1, 50))


def test_those_behind_let_go_when_they_are_recalled() -> None:
    told: list[tuple[int, str]] = []
    second_waits = threading.Event()

    def work(number: int, turn: Turn) -> None:
        try:
            if number == 1:
                assert second_waits.wait(10)
                turn.recall()
            second_waits.set()
            turn.wait_ahead()
        except Recalled:
            told.append((number, "let go"))
        with turn:
            told.append((number, "done"))

    in_turn([1, 2], work)
    assert set(told) == {(1, "let go"), (2, "let go"), (1, "done"), (2, "done")}
    assert told.index((1, "done")) < told.index((2, "done"))


def test_no_more_is_begun_when_we_are_told_to_end_before_all_lanes_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has_begun, is_told, done = threading.Event(), threading.Event(), []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *args):
            if has_begun.is_set():
                is_told.set()
                raise KeyboardInterrupt
            run = super().submit(*args)
            assert has_begun.wait(60)
            return run

    def work(number: int, turn: Turn) -> None:
        has_begun.set()
        assert is_told.wait(60)
        time.sleep(0.01)
        with turn:
            done.append(number)

    monkeypatch.setattr(lanes_of, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_turn(range(200), work)
    assert len(done) < 200

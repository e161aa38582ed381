"""Progress bars on standard error: redrawn in a terminal, one line at the end elsewhere."""

import sys
from typing import TextIO

WIDTH = 30


class Bars:
    """Draws one bar at a time. `show` is called with what is done of how much."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        self.current = ""
        self.finished: set[str] = set()

    def show(self, what: str, done: int, total: int) -> None:
        if what in self.finished:
            return
        if what != self.current and self.current and self.is_terminal:
            self.stream.write("\n")
        self.current = what
        is_over = done >= total
        if self.is_terminal:
            self.stream.write(f"\r{self._bar(what, done, total)}")
        if is_over:
            self.finished.add(what)
            self.current = ""
            self.stream.write("\n" if self.is_terminal else f"{what}: done\n")
        self.stream.flush()

    def say(self, sentence: str) -> None:
        if self.current and self.is_terminal:
            self.stream.write("\n")
        self.current = ""
        self.stream.write(f"{sentence}\n")
        self.stream.flush()

    def _bar(self, what: str, done: int, total: int) -> str:
        share = min(1.0, done / total) if total else 1.0
        filled = round(share * WIDTH)
        return f"{what:<28} {'█' * filled}{'░' * (WIDTH - filled)} {share:4.0%}"

"""One line per event: time, level, event name, and its ids as key=value."""

import logging

PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base's name
        extra = {key: value for key, value in vars(record).items() if key not in PLAIN}
        pairs = "".join(f" {key}={value}" for key, value in extra.items())
        # A line break in a value would forge a line of the log.
        return (super().formatMessage(record) + pairs).replace("\n", "\\n")

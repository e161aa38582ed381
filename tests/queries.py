"""A budget of queries for a page: what asks the database something, not what frames it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

FRAME = ("SAVEPOINT", "RELEASE", "SELECT set_config", "BEGIN", "COMMIT")


@contextmanager
def at_most_queries(budget: int) -> Iterator[None]:
    """Fail with the list of queries if there were more than `budget`."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(FRAME)]
    listed = "\n".join(sql[:160] for sql in asked)
    assert len(asked) <= budget, f"{len(asked)} queries instead of {budget}:\n{listed}"

"""Ringing for work by name: tasks stand above services, which cannot import them."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str, *args: int) -> None:
    """Enqueue a task by name when the transaction is committed.

    By name, since tasks stand above services. A broker that does not answer costs nothing but
    time: the sweeper and the nightly run find what is left to do.
    """

    def send() -> None:
        current_app.loader.import_default_modules()
        try:
            current_app.tasks[task].delay(*args)
        except OperationalError:
            logger.warning("import.bell_lost", extra={"task": task})

    transaction.on_commit(send)

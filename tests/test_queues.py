"""Every task and every bell finds its queue, and every queue has a worker."""

from celery import current_app
from celery.schedules import crontab

from marketing_platform.celery import app
from marketing_platform.programs import platform_programs
from tests.test_isolation import our_tasks


def queue_of(task: str) -> str:
    route = app.amqp.router.route({}, task)
    return route["queue"].name if route else "default"


def test_what_writes_and_what_sends_has_a_queue_of_its_own() -> None:
    assert queue_of("campaigns.tasks.write_texts") == "inference"
    assert queue_of("delivery.tasks.send_chunk") == "delivery"
    assert queue_of("delivery.tasks.send_due") == "delivery"
    assert queue_of("profiles.tasks.run_import") == "default"


def test_every_queue_has_a_worker() -> None:
    served = {
        program.command[program.command.index("--queues") + 1]
        for program in platform_programs(8000, 2525)
        if "--queues" in program.command
    }
    assert served == {queue.name for queue in app.conf.task_queues}
    assert {queue_of(task) for task in our_tasks()} <= served


def test_every_bell_rings_for_a_task_that_exists() -> None:
    for name, bell in app.conf.beat_schedule.items():
        assert bell["task"] in current_app.tasks, name
        assert isinstance(bell["schedule"], int | crontab), name

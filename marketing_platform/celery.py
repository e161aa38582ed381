"""The Celery app. The database is the truth; the broker only rings.

Queues: `inference` (one process, model loaded once), `delivery` (sending), `default` (the rest).
A beat entry rings a sweeper; the sweeper finds in the database what has to be done, so a lost
message delays work and never loses it.
"""

import os

from celery import Celery
from celery.schedules import crontab
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_platform.settings")
# `manage.py` has checked the project. Here it would load every page: 17 MB for each worker.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("marketing_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="default",
    task_queues=[Queue("default"), Queue("delivery"), Queue("inference")],
    task_time_limit=15 * 60,
    task_soft_time_limit=14 * 60,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        # Longer than the longest task: a shorter one would run it twice. Without the other two,
        # kombu looks for lost messages only every 100 seconds.
        "visibility_timeout": 30 * 60,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
    },
    broker_transport="redis",
    # What is not named here goes to `default`. The bells of sending stand in the queue of
    # sending, whose tasks are short: behind a long import they would wait for hours.
    task_routes={
        "campaigns.tasks.write_texts": {"queue": "inference"},
        "campaigns.tasks.explain_text": {"queue": "inference"},
        "campaigns.tasks.train_model": {"queue": "inference"},
        "campaigns.tasks.judge_model": {"queue": "inference"},
        "profiles.tasks.read_wish": {"queue": "inference"},
        "profiles.tasks.refresh_topics": {"queue": "inference"},
        "profiles.tasks.train_classifier": {"queue": "inference"},
        "delivery.tasks.*": {"queue": "delivery"},
    },
)
app.conf.beat_schedule = {
    # A lost bell delays a mailing by this much, no longer.
    # Bells that nobody heard are dropped, so that they do not pile up while a worker is away.
    "send what is due": {
        "task": "delivery.tasks.send_due",
        "schedule": 5,
        "options": {"expires": 30},
    },
    # Writers queue themselves again; this finds campaigns that lost their bell or their worker.
    "ring for texts to write": {"task": "campaigns.tasks.ring_writers", "schedule": 20},
    "ring for campaigns to prepare": {"task": "campaigns.tasks.ring_pending", "schedule": 30},
    # A run whose worker died waits for its lease of three minutes; one more hardly counts.
    "ring for models to train": {"task": "campaigns.tasks.ring_trainers", "schedule": 60},
    "ring for classifiers to train": {"task": "profiles.tasks.ring_classifiers", "schedule": 60},
    # Pages show a mailing as it is; this keeps the campaign's own state, and stops stale facts.
    "follow what was launched": {"task": "campaigns.tasks.follow_all_mailings", "schedule": 15},
    # Leases last minutes; half a minute more hardly counts.
    "settle what was left": {
        "task": "delivery.tasks.sweep_all",
        "schedule": 20,
        "options": {"expires": 60},
    },
    # A file whose worker died waits for its lease of five minutes; one more hardly counts.
    "go on with imports": {"task": "profiles.tasks.resume_all_imports", "schedule": 60},
    # Segments follow what comes in by at most this much.
    "look again at customers": {
        "task": "profiles.tasks.refresh_all_touched",
        "schedule": 30,
        "options": {"expires": 60},
    },
    # What is too old goes, and duplicates are found, before the traits are computed.
    "keep house": {"task": "profiles.tasks.keep_house", "schedule": crontab(hour="2", minute="20")},
    # Stages follow from how long ago something was: they change without an event, by night.
    "refresh all traits": {
        "task": "profiles.tasks.refresh_all_traits",
        "schedule": crontab(hour="3", minute="10"),
    },
    # A platform that has just started shows forecasts today, not tomorrow.
    "begin forecasts": {
        "task": "profiles.tasks.begin_all_forecasts",
        "schedule": 600,
        "options": {"expires": 300},
    },
    # After the traits, so that both speak of the same night.
    "refresh all forecasts": {
        "task": "profiles.tasks.refresh_all_forecasts",
        "schedule": crontab(hour="4", minute="10"),
    },
}
app.autodiscover_tasks()
app.set_default()  # for every thread of a web server, not only for the one that imported this

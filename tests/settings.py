"""Settings of the test suite: the same product, on a database folder of its own."""

import os
from pathlib import Path

os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("EMBEDDED_FSYNC", "off")  # a lost test database costs nothing

from marketing_platform.settings import *  # noqa: E402, F403
from marketing_platform.settings import MIDDLEWARE, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# No test asks for a static file, and none needs collectstatic before it.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise")]
AXES_ENABLED = False
DEMO_MAILBOX = True
INFERENCE_MODEL = "fake"

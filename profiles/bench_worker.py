"""The process whose speed and memory `bench import` measures: an importer and nothing else.

`python -m profiles.bench_worker DATABASE TENANT_ID FILE` prints the rows it has read, line by
line, and at last the seconds and the peak memory of importer and reader in MiB.
"""

import sys
import time
from pathlib import Path

import django
import psutil
from celery import current_app
from django.conf import settings

EVERY = 10
"""Chunks after which the memory of the reader is looked at."""


def main(database: str, tenant_id: int, path: Path) -> None:
    django.setup()
    settings.DATABASES["default"]["NAME"] = database
    from profiles.importers.batches import ROWS
    from profiles.models import Import, ImportKind, ImportState  # needs the settings above
    from profiles.services import imports
    from tenants.context import scope

    current_app.loader.import_default_modules()  # as a worker has, which rings for the next task
    start = time.monotonic()
    with scope(tenant_id):
        import_ = imports.start_import(kind=ImportKind.CUSTOMERS, file=path, file_name=path.name)
        imports.confirm_mapping(import_, import_.mapping, enqueue=False)
    readers = [0]

    def on_progress(one: Import) -> None:
        sys.stdout.write(f"{one.rows_read}\n")
        if one.rows_read // ROWS % EVERY == 0:
            readers.append(memory_of_readers_mb())

    done = imports.run_import(import_.pk, on_progress, tenant_id=tenant_id)
    seconds = time.monotonic() - start
    if done.state != ImportState.DONE or done.rejected or done.unchanged:
        sys.exit(f"The import did not take every row. {done.error}")
    sys.stdout.write(f"done {seconds} {peak_memory_mb() + max(readers)}\n")


def memory_of_readers_mb() -> int:
    """What the processes that read for this one need beside what they share with it."""
    readers = psutil.Process().children()
    return sum(one.memory_full_info().uss for one in readers) // 1024**2


def peak_memory_mb() -> int:
    """What this process needed at most. (`ru_maxrss` would count its parent before the exec.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

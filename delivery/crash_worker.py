"""The process of a plain worker: `python -m delivery.crash_worker TENANT_ID MAILING_ID`."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from delivery.crash import work  # models can be imported only now

    work(int(sys.argv[1]), int(sys.argv[2]))

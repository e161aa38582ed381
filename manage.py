#!/usr/bin/env python
"""Django's command line. Starts the embedded servers for every command that needs them."""

import contextlib
import os
import sys

WITHOUT_SERVERS = {"collectstatic", "messages", "help", "version", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_platform.settings")
    from django.core.management import execute_from_command_line

    from marketing_platform import embedded

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    servers = contextlib.nullcontext()
    if embedded.needed() and command not in WITHOUT_SERVERS:
        servers = embedded.services()
    with servers:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

"""A process that sends for `bench sending`: it reads one JSON object a line and says `done`.

{"tenant": 1, "mailing": 2}                                    our own sending
{"port": 2525, "count": 500, "mail": "PATH", "from": "…", "to": "…"}   a bare smtplib loop
"""

import json
import smtplib
import sys
from pathlib import Path
from typing import Any

import django


def send_bare(order: dict[str, Any]) -> None:
    """What any program would do at best: one connection, the same bytes again and again."""
    mail = Path(order["mail"]).read_bytes()
    with smtplib.SMTP("127.0.0.1", order["port"]) as smtp:
        for _number in range(order["count"]):
            smtp.sendmail(order["from"], [order["to"]], mail)


def main() -> None:
    django.setup()
    from delivery.sending import send_mailing  # models can be imported only now

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        order = json.loads(line)
        if "mailing" in order:
            while send_mailing(order["tenant"], order["mailing"], seconds=600):
                pass
        else:
            send_bare(order)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

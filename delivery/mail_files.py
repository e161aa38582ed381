"""How kept mails are named: for the server that keeps them and the page that shows them.

By itself, because web processes have no mail server and the mail server has no Django.
"""

import re


def file_name(message_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9@._-]", "_", message_id)[:180].lstrip(".")

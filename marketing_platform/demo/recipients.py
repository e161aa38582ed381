"""Simulated recipients: they read the mail that arrived, click, leave, and order.

Whatever they do goes through the product's own doors: the addresses in the mails, over HTTP, and
the REST API. What they are likely to do is an assumption of this file, not a finding: a text
written for them is a little more likely to be followed than the base text.
"""

import hashlib
import http.client
import json
import random
import re
import time
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHANNEL = "demo"
MACHINE_HOST = "mail.example"
MACHINE_ADDRESS = "127.9.9.9"
MACHINE_AGENT = "Mozilla/5.0 (compatible; MailScanner/2.1; link check)"
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 Version/19.0 Safari/605.1",
)
CLICK = {"base": 0.10, "written": 0.17}
ORDER_AFTER_CLICK = 0.30
ORDER_ANYWAY = 0.015
LEAVE = 0.012
LINK = re.compile(r"https?://[^\s<>\"]+/c/[^\s<>\"]+")
ONE_CLICK = b"List-Unsubscribe=One-Click"
PARALLEL = 4
TIMEOUT_S = 15


@dataclass(frozen=True)
class Mail:
    """A mail as it lies in the mailbox: for whom, its links, its way out."""

    message_id: str
    to: str
    links: list[str]
    leave: str

    @property
    def has_scanner(self) -> bool:
        return self.to.endswith(MACHINE_HOST)


def read_mail(path: Path) -> Mail:
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)  # noqa: S101 - the policy makes them
    body = parsed.get_body(("plain",))
    text = body.get_content() if body else ""
    return Mail(
        message_id=str(parsed["Message-ID"]).strip("<>"),
        to=str(parsed["To"]),
        links=list(dict.fromkeys(LINK.findall(text))),
        leave=str(parsed["List-Unsubscribe"]).strip("<> "),
    )


def follow(url: str, agent: str, address: str, method: str = "GET", body: bytes = b"") -> int:
    """Ask for an address of the site as a mail program would. Returns the status.

    `address` is whom the site sees: each person has one of 127.0.0.0/8. Redirects are not
    followed, because the shops of the demo do not exist.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=TIMEOUT_S, source_address=(address, 0)
    )
    headers = {"User-Agent": agent, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, parts.path, body or None, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def address_of(person: str) -> str:
    """Return the loopback address that stands for this person's telephone or desk."""
    digest = hashlib.sha256(person.encode()).digest()
    return f"127.{10 + digest[0] % 200}.{digest[1]}.{1 + digest[2] % 250}"


def scan(mails: Iterable[Mail]) -> int:
    """Let the mail scanners of some hosts open every link at once. Returns the clicks."""
    links = [link for mail in mails if mail.has_scanner for link in mail.links]
    with ThreadPoolExecutor(PARALLEL) as pool:
        return len([*pool.map(lambda link: follow(link, MACHINE_AGENT, MACHINE_ADDRESS), links)])


@dataclass(frozen=True)
class Answer:
    """What one person does about a mail."""

    mail: Mail
    clicks: bool
    leaves: bool
    orders: bool
    agent: str


def decide(mails: Iterable[Mail], variant_of: Callable[[str], str], seed: str) -> list[Answer]:
    """Draw what each person does. The same mails and seed give the same answers."""
    answers = []
    for mail in sorted(mails, key=lambda mail: mail.to):
        draw = random.Random(f"{seed} {mail.to}")  # noqa: S311 - a drawing
        kind = "base" if variant_of(mail.message_id) == "base" else "written"
        clicks = bool(mail.links) and draw.random() < CLICK[kind]
        answers.append(
            Answer(
                mail=mail,
                clicks=clicks,
                leaves=draw.random() < LEAVE,
                orders=draw.random() < (ORDER_AFTER_CLICK if clicks else ORDER_ANYWAY),
                agent=draw.choice(AGENTS),
            )
        )
    return answers


def act(answers: list[Answer], show: Callable[[int, int], None]) -> None:
    """Click and leave, a few people at a time."""

    def one(answer: Answer) -> None:
        address = address_of(answer.mail.to)
        if answer.clicks:
            follow(answer.mail.links[0], answer.agent, address)
        if answer.leaves:
            follow(answer.mail.leave, answer.agent, address, "POST", ONE_CLICK)

    busy = [answer for answer in answers if answer.clicks or answer.leaves]
    with ThreadPoolExecutor(PARALLEL) as pool:
        for number, _done in enumerate(pool.map(one, busy), 1):
            show(number, len(busy))


def would_order_anyway(emails: Iterable[str], seed: str) -> list[str]:
    """Return those of people without a mail who order all the same."""
    return [
        email
        for email in emails
        if random.Random(f"{seed} anyway {email}").random() < ORDER_ANYWAY  # noqa: S311
    ]


def order_rows(
    emails: Iterable[str],
    prices: list[tuple[str, str, str]],
    *,
    currency: str,
    mark: str,
    sent_at: datetime,
) -> list[dict[str, Any]]:
    """Return one order for each of these people, as the REST API takes them.

    `prices` are (handle, title, price) of what may be ordered. Orders come in the six days after
    `sent_at`, as far as those have passed. `mark` begins their numbers.
    """
    rows = []
    passed = min(datetime.now(UTC) - sent_at, timedelta(days=6))
    for number, email in enumerate(sorted(emails), 1):
        draw = random.Random(f"{mark} order {email}")  # noqa: S311 - a drawing
        handle, title, price = draw.choice(prices)
        line = {"sku": handle, "title": title, "quantity": 1, "unit_price": price}
        rows.append(
            {
                "order_id": f"{mark}-{number:05}",
                "email": email,
                "placed_at": (sent_at + passed * draw.random()).isoformat(),
                "currency": currency,
                "status": "placed",
                "channel": CHANNEL,
                "lines": [line],
            }
        )
    return rows


def post_orders(site: str, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Send orders through the REST API. Returns its answer."""
    request = urllib.request.Request(  # noqa: S310 - our own http address
        f"{site}/api/v1/orders/",
        data=json.dumps({"orders": rows}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        answer: dict[str, Any] = json.loads(response.read())
        return answer


def let_time_pass(seconds: float, idle: Callable[[], None]) -> None:
    """People are slower than machines. The product tells them apart by that, among other signs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        idle()
        time.sleep(0.2)

"""Send the due messages of one mailing: claim, make the mails, gate, hand over, settle.

No transaction is open while the mail server is talked to. A worker that dies leaves `claimed`
rows, which go back to the queue, and at most one chunk of `attempting` rows, which become
in doubt and are never tried again by themselves.
"""

import logging
import os
import signal
import socket
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from delivery import ledger, mime
from delivery.ledger import Claimed
from delivery.models import Content, Mailing, MessageState, Sender, SuppressionReason
from delivery.passwords import decrypt
from delivery.rendering import fill
from delivery.senders import pause_sender
from delivery.smtp import Answer, Route, RouteFailed, Server
from delivery.suppressions import suppress
from delivery.tokens import click_token, unsubscribe_token
from profiles.services import slots
from tenants.context import scope
from tenants.errors import Unavailable
from tenants.models import Tenant

logger = logging.getLogger(__name__)
PAUSE_AFTER = 5
"""Failures of the route in a row, without a mail between them, after which the sender pauses."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How much a worker takes at a time, and how long it may hold it. Times are seconds.

    A worker that dies puts at most `chunk` messages in doubt, and fewer where the server is slow:
    then a chunk is what it takes in `chunk_s`, because waiting for the disk hardly counts beside
    it. The lease is longer than the wait for a server's last answer; a message whose answer
    could come later is not started.
    """

    claim: int = 50
    chunk: int = 10
    chunk_s: float = 0.1
    claim_lease_s: float = field(default_factory=lambda: settings.DELIVERY_CLAIM_LEASE)
    final_timeout_s: float = field(default_factory=lambda: settings.DELIVERY_ANSWER_TIMEOUT)
    route_waits_s: tuple[float, ...] = (0.5, 1, 2, 4)

    @property
    def claim_lease(self) -> timedelta:
        return timedelta(seconds=self.claim_lease_s)

    @property
    def attempt_lease(self) -> timedelta:
        return timedelta(seconds=2 * self.final_timeout_s + min(60.0, self.final_timeout_s))


def send_mailing(
    tenant_id: int, mailing_id: int, *, seconds: float = 45, pace: Pace | None = None
) -> bool:
    """Send for at most `seconds`. Returns whether due messages may be left."""
    run = _start(tenant_id, mailing_id, pace or Pace())
    if run is None:
        return False
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            if not run.send_batch():
                return False
        return True
    finally:
        run.route.close()
        with scope(tenant_id):
            ledger.finish_if_done(mailing_id)


def _start(tenant_id: int, mailing_id: int, pace: Pace) -> "Run | None":
    """Read the mailing, its sender and its workspace; None if there is nothing to do."""
    with scope(tenant_id):
        mailing = Mailing.objects.select_related("sender").filter(pk=mailing_id).first()
        if mailing is None:
            return None
        sender, tenant = mailing.sender, Tenant.objects.get(pk=tenant_id)
        try:
            password = decrypt(sender.password)
        except Unavailable as error:
            pause_sender(sender, code="auth", answer=error.message)
            return None
    server = Server(
        host=sender.host,
        port=sender.port,
        security=sender.security,
        username=sender.username,
        password=password,
    )
    route = Route(server, final_timeout_s=pace.final_timeout_s)
    return Run(tenant=tenant, mailing_id=mailing_id, sender=sender, route=route, pace=pace)


@dataclass(kw_only=True)
class Run:
    """One worker's work on one mailing."""

    tenant: Tenant
    mailing_id: int
    sender: Sender
    route: Route
    pace: Pace
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{uuid4()}")
    contents: dict[int, Content] = field(default_factory=dict)
    numbers: dict[int, list[int]] = field(default_factory=dict)
    failures: int = 0
    refusals: int = 0
    each_s: float = 0.0
    base: str = ""

    def __post_init__(self) -> None:
        self.base = settings.SITE_URL + reverse("home", args=[self.tenant.slug])

    def send_batch(self) -> bool:
        """Claim and send once. Returns False if there was nothing, or it cannot go on."""
        with scope(self.tenant.pk):
            claimed = ledger.claim(
                self.mailing_id,
                worker=self.worker,
                limit=self.pace.claim,
                lease=self.pace.claim_lease,
            )
        if not claimed:
            return False
        crash_at("after_claim")
        with scope(self.tenant.pk):  # apart from the claim: a start must count even if this fails
            mails = self.make_mails(claimed)
        waiting = [message for message in claimed if message.id in mails]
        while waiting:
            if not self._open_route():
                self._give_back(waiting)
                return False
            chunk, waiting = waiting[: self._chunk()], waiting[self._chunk() :]
            self._send_chunk(chunk, mails)
        return True

    def _chunk(self) -> int:
        """How many to put at risk at a time: one at first, then what goes in `chunk_s`."""
        if not self.each_s:
            return 1
        return max(1, min(self.pace.chunk, int(self.pace.chunk_s / self.each_s)))

    def make_mails(self, claimed: Sequence[Claimed]) -> dict[int, bytes]:
        """Return the bytes of each mail, by message. One that cannot be made fails alone."""
        self._load_contents({message.content_id for message in claimed})
        values = self._slot_values(claimed)
        now = timezone.now()
        mails: dict[int, bytes] = {}
        failed = []
        for message in claimed:
            try:
                mails[message.id] = self._make_mail(message, values, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others must go on
                logger.warning("message.not_made", extra={"id": message.id}, exc_info=error)
                answer = Answer(
                    state=MessageState.FAILED, reason="not_made", detail=str(error)[:300]
                )
                failed.append((message, answer))
        if failed:
            ledger.unclaim(failed)
        return mails

    def _make_mail(
        self, message: Claimed, values: dict[int, dict[str, str]], now: datetime
    ) -> bytes:
        content = self.contents[message.content_id]
        links = self._links(message, content)
        rendered = fill(content, values.get(message.customer_id, {}), links)
        return mime.build(self._envelope(message, content, links["unsubscribe"], now), rendered)

    def _load_contents(self, ids: set[int]) -> None:
        missing = ids - set(self.contents)
        if len(self.contents) > 500:
            self.contents.clear()
            missing = ids
        if missing:
            found = Content.objects.filter(pk__in=missing).prefetch_related("links")
            self.contents |= {content.pk: content for content in found}
            self.numbers |= {one.pk: [link.number for link in one.links.all()] for one in found}

    def _slot_values(self, claimed: Sequence[Claimed]) -> dict[int, dict[str, str]]:
        """Read the customers' slots, for those whose text cites one."""
        asked: dict[str, list[int]] = defaultdict(list)
        for message in claimed:
            content = self.contents[message.content_id]
            if "{{ customer." in content.html or "{{ customer." in content.subject:
                asked[content.language].append(message.customer_id)
        values: dict[int, dict[str, str]] = {}
        for language, customers in asked.items():
            values |= slots.bulk_slot_values(customers, language)
        return values

    def _links(self, message: Claimed, content: Content) -> dict[str, str]:
        links = {
            f"link_{number}": f"{self.base}c/{click_token(self.tenant, message.public_id, number)}"
            for number in self.numbers[content.pk]
        }
        links["unsubscribe"] = f"{self.base}u/{unsubscribe_token(self.tenant, message.public_id)}"
        return links

    def _envelope(
        self, message: Claimed, content: Content, unsubscribe_url: str, now: datetime
    ) -> mime.Envelope:
        if not mime.ADDRESS.fullmatch(message.address):
            raise mime.BadHeader("The address is not one that a mail can be sent to.")
        return mime.Envelope(
            message_id=message.public_id,
            from_header=mime.encode_sender(self.sender.name, self.sender.email),
            from_address=self.sender.email,
            reply_to=self.sender.reply_to,
            to=message.address,
            unsubscribe_url=unsubscribe_url,
            language=content.language,
            machine_written=content.is_machine_written,
            date=now,
        )

    def _open_route(self) -> bool:
        """Connect. After some failures in a row, or one that lasts, the sender pauses."""
        while True:
            try:
                self.route.open()
            except RouteFailed as error:
                self.failures += 1
                if error.lasting or self.failures >= PAUSE_AFTER:
                    self._pause(error.code, error.answer)
                    return False
                time.sleep(self.pace.route_waits_s[self.failures - 1])
            else:
                return True

    def _send_chunk(self, chunk: Sequence[Claimed], mails: dict[int, bytes]) -> None:
        with scope(self.tenant.pk):
            allowed = ledger.gate(self.mailing_id, chunk, lease=self.pace.attempt_lease)
        crash_at("after_attempting")
        started = time.monotonic()
        going = [message for message in chunk if message.id in allowed]
        answers = list(self._hand_over_all(going, mails, started))
        if answers:
            self.each_s = (time.monotonic() - started) / len(answers)
        crash_at("before_sent")
        self._settle(answers)

    def _hand_over_all(
        self, going: Sequence[Claimed], mails: dict[int, bytes], started: float
    ) -> Iterator[tuple[Claimed, Answer]]:
        """Hand over one by one. When the route is lost or refused, the rest was not tried."""
        stopped = False
        last_start = started + self.pace.final_timeout_s  # the answer must come within the lease
        for message in going:
            if stopped or time.monotonic() > last_start or not self._route_again():
                stopped = True
                yield message, Answer(state=MessageState.QUEUED)
                continue
            answer = self.route.hand_over(
                mails[message.id], sender=self.sender.email, to=message.address
            )
            crash_at("after_data")
            stopped = self._judge(answer)
            yield message, answer

    def _route_again(self) -> bool:
        """Open a lost route again, once: the messages are attempting and must not wait long."""
        try:
            self.route.open()
        except RouteFailed:
            return False
        return True

    def _judge(self, answer: Answer) -> bool:
        """Count what concerns the route and not the recipient. Returns whether to stop."""
        if answer.state in (MessageState.SENT, MessageState.FAILED) and answer.reason != "policy":
            self.failures = self.refusals = 0
        if answer.lost and answer.reason == "dropped":
            self.failures += 1
        if answer.reason == "policy":
            self.refusals += 1
        if answer.pause:
            self._pause(answer.pause, answer.detail)
        elif self.refusals >= 2 * self.pace.chunk:
            self._pause("policy", answer.detail)
        elif self.failures >= PAUSE_AFTER:
            self._pause("connect", answer.detail)
        else:
            return False
        return True

    def _settle(self, answers: Sequence[tuple[Claimed, Answer]]) -> None:
        """Write the answers down. While the database is away, wait for it: they are certain."""
        if not answers:
            return
        until = time.monotonic() + self.pace.attempt_lease.total_seconds()
        while True:
            try:
                self._write_down(answers)
                return
            except (OperationalError, InterfaceError):
                if time.monotonic() > until or connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(0.5)

    def _write_down(self, answers: Sequence[tuple[Claimed, Answer]]) -> None:
        with scope(self.tenant.pk):
            for message, answer in answers:
                if answer.dead:
                    suppress(
                        address=message.address,
                        reason=SuppressionReason.BOUNCED,
                        source=answer.detail,
                    )
            ledger.settle(answers)

    def _give_back(self, messages: Sequence[Claimed]) -> None:
        with scope(self.tenant.pk):
            ledger.unclaim([(one, Answer(state=MessageState.QUEUED)) for one in messages])

    def _pause(self, code: str, answer: str) -> None:
        with scope(self.tenant.pk):
            pause_sender(self.sender, code=code, answer=answer)


def crash_at(point: str) -> None:
    """Die here as `kill -9` would, if CRASH_AT names this point. For tests of what is left."""
    if os.environ.get("CRASH_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)

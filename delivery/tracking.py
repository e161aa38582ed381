"""Clicks: where they lead, who made them, and how sure we are of it.

Mail filters open every link, some at once, some like a browser. A hit is kept as it came, with a
kind and the signals for it; reports show people and machines apart.

    head            a HEAD request                                       machine
    scanner_agent   a mail filter that names itself, or a program        machine
    at_once         less than 5 seconds after the server took the mail   machine
    all_links       three links of one message within 10 seconds         machine, earlier ones too
    many_people     links of five people's messages from one address
                    within a minute                                      machine
    no_agent        no browser named                                     not certain
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from delivery.models import HitKind
from tenants.context import current_tenant_id
from tenants.models import Tenant

SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|safelinks|microsoft office|ms-office|msoffice|trendmicro"
    r"|symantec|messagelabs|fireeye|forcepoint|websense|cloudmark|sophos|zscaler|fortinet"
    r"|cisco|ironport|googleimageproxy|googlebot|bingbot|bingpreview|yahoomailproxy|slackbot"
    r"|facebookexternalhit|twitterbot|linkedinbot|whatsapp|telegrambot|discordbot|skypeuripreview"
    r"|headlesschrome|phantomjs|python-|curl/|wget/|go-http-client|java/|okhttp|libwww|httpclient"
    r"|\bbot\b|crawler|spider|scanner",
    re.IGNORECASE,
)
AT_ONCE_S, BURST_S, CROWD_S = 5, 10, 60
BURST_LINKS, CROWD_PEOPLE = 3, 5
CERTAIN = {"head", "scanner_agent", "at_once", "all_links", "many_people"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a click leads, and what is known about its message at this moment."""

    message_id: int
    link_id: int
    url: str
    may_track: bool
    at_once: bool
    other_links: int
    other_people: int


FIND = f"""
    SELECT m.id, l.id, l.url, c.may_track IS NOT FALSE,
           coalesce(clock_timestamp() - coalesce(m.sent_at, m.attempted_at)
                    < interval '{AT_ONCE_S} seconds', true),
           (SELECT count(DISTINCT h.link_id) FROM delivery_hit h
            WHERE h.tenant_id = %(tenant)s AND h.message_id = m.id AND h.link_id <> l.id
              AND h.at > clock_timestamp() - interval '{BURST_S} seconds'),
           (SELECT count(DISTINCT h.message_id) FROM delivery_hit h
            WHERE h.tenant_id = %(tenant)s AND h.ip_hash = %(ip)s AND h.message_id <> m.id
              AND h.at > clock_timestamp() - interval '{CROWD_S} seconds')
    FROM delivery_message m
    JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = m.customer_id
    JOIN delivery_link l ON l.tenant_id = %(tenant)s AND l.content_id = m.content_id
     AND l.number = %(number)s
    WHERE m.tenant_id = %(tenant)s AND m.public_id = %(message)s
"""  # noqa: S608 - constants of this module
INSERT = """
    INSERT INTO delivery_hit
        (tenant_id, message_id, link_id, kind, signals, method, user_agent, ip_hash, at)
    VALUES (%(tenant)s, %(message)s, %(link)s, %(kind)s, %(signals)s::jsonb, %(method)s,
            %(agent)s, %(ip)s, clock_timestamp())
"""


def find_target(message_id: UUID, number: int, ip_hash: str) -> Target | None:
    """Return the link of our own table that this click means, or None."""
    names: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "message": message_id,
        "number": number,
        "ip": ip_hash,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, names)
        row = cursor.fetchone()
    return _target(row) if row else None


def _target(row: Any) -> Target:
    return Target(
        message_id=row[0],
        link_id=row[1],
        url=row[2],
        may_track=row[3],
        at_once=row[4],
        other_links=row[5],
        other_people=row[6],
    )


def record_hit(target: Target, *, method: str, user_agent: str, ip_hash: str) -> None:
    """Keep the click, unless the person refused to have clicks measured.

    A hit that is lost in a crash of the database costs less than a slow link.
    """
    if not target.may_track:
        return
    signals = _signals(target, method, user_agent)
    kind = _kind(signals)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            INSERT,
            {
                "tenant": current_tenant_id(),
                "message": target.message_id,
                "link": target.link_id,
                "kind": kind,
                "signals": "[" + ", ".join(f'"{signal}"' for signal in signals) + "]",
                "method": method[:8],
                "agent": "".join(c for c in user_agent if c.isprintable())[:300],
                "ip": ip_hash,
            },
        )
    if "all_links" in signals:
        _mark_burst(target.message_id)


def _signals(target: Target, method: str, user_agent: str) -> list[str]:
    found = {
        "head": method == "HEAD",
        "scanner_agent": bool(SCANNERS.search(user_agent)),
        "at_once": target.at_once,
        "all_links": target.other_links + 1 >= BURST_LINKS,
        "many_people": target.other_people + 1 >= CROWD_PEOPLE,
        "no_agent": not user_agent.strip(),
    }
    return [signal for signal, is_so in found.items() if is_so]


def _kind(signals: list[str]) -> str:
    if CERTAIN & set(signals):
        return HitKind.MACHINE
    return HitKind.UNKNOWN if signals else HitKind.HUMAN


def _mark_burst(message_id: int) -> None:
    """The first links of a burst looked like a person's. They were not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_hit SET kind = 'machine', signals = signals || '["all_links"]'
            WHERE tenant_id = %s AND message_id = %s AND kind <> 'machine'
              AND at > clock_timestamp() - %s * interval '1 second'
            """,
            [current_tenant_id(), message_id, BURST_S],
        )


def hash_ip(request: HttpRequest, tenant: Tenant) -> str:
    """Return a keyed hash of the visitor's address; another workspace gets another hash."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # behind a proxy of ours, which adds the last one
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    key = f"delivery.ip.{tenant.public_id}"
    return salted_hmac(key, address, algorithm="sha256").hexdigest()[:32]

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
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

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


# One statement: what the link is, what speaks for a machine, and the hit itself. A click costs one
# trip to the database beside the transaction's own. The newest hits of an address are looked at,
# not all: a mail filter may make thousands a minute.
FOLLOW = f"""
    WITH target AS (
        SELECT m.id AS message_id, l.id AS link_id, l.url, c.may_track IS NOT FALSE AS may_track,
               coalesce(clock_timestamp() - coalesce(m.sent_at, m.attempted_at)
                        < interval '{AT_ONCE_S} seconds', true) AS at_once,
               1 + (SELECT count(DISTINCT h.link_id) FROM (
                        SELECT link_id FROM delivery_hit
                        WHERE tenant_id = %(tenant)s AND message_id = m.id
                          AND at > statement_timestamp() - interval '{BURST_S} seconds'
                        ORDER BY at DESC LIMIT 20) h
                    WHERE h.link_id <> l.id) >= {BURST_LINKS} AS all_links,
               1 + (SELECT count(DISTINCT h.message_id) FROM (
                        SELECT message_id FROM delivery_hit
                        WHERE tenant_id = %(tenant)s AND ip_hash = %(ip)s
                          AND at > statement_timestamp() - interval '{CROWD_S} seconds'
                        ORDER BY at DESC LIMIT 20) h
                    WHERE h.message_id <> m.id) >= {CROWD_PEOPLE} AS many_people
        FROM delivery_message m
        JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = m.customer_id
        JOIN delivery_link l ON l.tenant_id = %(tenant)s AND l.content_id = m.content_id
         AND l.number = %(number)s
        WHERE m.tenant_id = %(tenant)s AND m.public_id = %(message)s
    ), judged AS (
        SELECT *, %(certain)s::text[]
               || CASE WHEN at_once THEN ARRAY['at_once'] ELSE '{{}}' END
               || CASE WHEN all_links THEN ARRAY['all_links'] ELSE '{{}}' END
               || CASE WHEN many_people THEN ARRAY['many_people'] ELSE '{{}}' END AS machine
        FROM target
    ), kept AS (
        INSERT INTO delivery_hit
            (tenant_id, message_id, link_id, kind, signals, method, user_agent, ip_hash, at)
        SELECT %(tenant)s, message_id, link_id,
               CASE WHEN cardinality(machine) > 0 THEN 'machine'
                    WHEN cardinality(%(doubtful)s::text[]) > 0 THEN 'unknown'
                    ELSE 'human' END,
               to_jsonb(machine || %(doubtful)s::text[]), %(method)s, %(agent)s, %(ip)s,
               clock_timestamp()
        FROM judged WHERE may_track
    )
    SELECT url, message_id, all_links AND may_track,
           set_config('synchronous_commit', 'off', true)  -- a lost hit costs less than a slow link
    FROM judged
"""  # noqa: S608 - constants of this module
MARK_BURST = """
    UPDATE delivery_hit SET kind = 'machine', signals = signals || '["all_links"]'
    WHERE tenant_id = %s AND message_id = %s AND kind <> 'machine'
      AND at > statement_timestamp() - %s * interval '1 second'
"""


def follow(
    message_id: UUID, number: int, *, method: str, user_agent: str, ip_hash: str
) -> str | None:
    """Keep the click and return where it leads, or None if no link of ours is meant.

    A click of somebody who refused to have clicks measured leads on and is not kept.
    """
    certain, doubtful = _signals(method, user_agent)
    names: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "message": message_id,
        "number": number,
        "ip": ip_hash,
        "method": method[:8],
        "agent": "".join(char for char in user_agent if char.isprintable())[:300],
        "certain": certain,
        "doubtful": doubtful,
    }
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, names)
        row = cursor.fetchone()
        if row and row[2]:  # the first links of a burst looked like a person's; they were not
            cursor.execute(MARK_BURST, [current_tenant_id(), row[1], BURST_S])
    return row[0] if row else None


def _signals(method: str, user_agent: str) -> tuple[list[str], list[str]]:
    """What the request itself says: signs of a machine, and signs that leave doubt."""
    certain = {"head": method == "HEAD", "scanner_agent": bool(SCANNERS.search(user_agent))}
    doubtful = [] if user_agent.strip() else ["no_agent"]
    return [signal for signal, is_so in certain.items() if is_so], doubtful


def hash_ip(request: HttpRequest, tenant: Tenant) -> str:
    """Return a keyed hash of the visitor's address; another workspace gets another hash."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # behind a proxy of ours, which adds the last one
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    key = f"delivery.ip.{tenant.public_id}"
    return salted_hmac(key, address, algorithm="sha256").hexdigest()[:32]

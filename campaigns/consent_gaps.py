"""Whose consent is missing, where texts might use personal facts."""

from dataclasses import dataclass

from django.db import connection

from campaigns.models import Campaign
from profiles.services import segments
from tenants.context import current_tenant_id


@dataclass(frozen=True, kw_only=True)
class ConsentGaps:
    """Of the people who may get email: how many did not agree to the other purposes.

    Texts use personal facts only where both are agreed to; `either` lack at least one.
    """

    reachable: int
    profiling: int
    writing: int
    either: int

    @property
    def are_most(self) -> bool:
        """Whether most of them would get a text without personal facts."""
        return self.reachable > 0 and 2 * self.either > self.reachable


def consent_gaps(campaign: Campaign) -> ConsentGaps:
    """Count who matches and may get email, and what they did not agree to. Changes nothing."""
    if campaign.segment is None:
        raise ValueError("A campaign without a segment has no audience.")
    sql, params = segments.segment_sql(campaign.segment)
    with connection.cursor() as cursor:
        matched = cursor.mogrify(sql, params).decode().replace("%", "%%")
        cursor.execute(
            f"""
            SELECT count(*), count(*) FILTER (WHERE c.may_profile IS NOT TRUE),
                   count(*) FILTER (WHERE c.may_write IS NOT TRUE),
                   count(*) FILTER (WHERE (c.may_profile AND c.may_write) IS NOT TRUE)
            FROM ({matched}) m JOIN profiles_customer c
              ON c.tenant_id = %(tenant)s AND c.id = m.id AND c.may_email AND c.email <> ''
            """,
            {"tenant": current_tenant_id()},
        )
        reachable, profiling, writing, either = cursor.fetchone()
    return ConsentGaps(reachable=reachable, profiling=profiling, writing=writing, either=either)

"""Rows of people who asked to be erased: they are refused, and stay away."""

from typing import Any

from profiles.importers.batches import Batch, Plan, Rejection, make_rejection
from tenants.context import current_tenant_id

HASH = "encode(sha256(convert_to(%(tenant)s || ':{}:' || i.{}, 'UTF8')), 'hex')"
KINDS = {"external_id": "number", "email": "email"}
FIND = """
    DELETE FROM incoming i WHERE EXISTS (
        SELECT FROM profiles_erasedkey k WHERE k.tenant_id = %(id)s AND k.key_hash IN ({hashes}))
    RETURNING i.line
"""


def refuse_erased(cursor: Any, batch: Batch, plan: Plan) -> list[Rejection]:
    """Take rows of erased people out of `incoming`, and say so. One look where nobody is erased.

    `incoming` must have the column line, and external_id or email, as the batch has. What the row
    says is not kept: its line says which one it is.
    """
    tenant = current_tenant_id()
    cursor.execute("SELECT EXISTS (SELECT FROM profiles_erasedkey WHERE tenant_id = %s)", [tenant])
    if not cursor.fetchone()[0]:
        return []
    names = [name for name in KINDS if name in batch.values]
    hashes = ", ".join(HASH.format(KINDS[name], name) for name in names)
    cursor.execute(FIND.format(hashes=hashes), {"tenant": str(tenant), "id": tenant})
    found = sorted(row[0] for row in cursor.fetchall())
    column = plan.column_of("email") or plan.column_of("external_id")
    return [make_rejection(line, [], "erased", column) for line in found]

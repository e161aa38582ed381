"""Two workspaces with a row of everything, who looks at them, and what must not change.

Eve owns Globex. Everything of Acme carries the word CANARY-ACME, which Eve must never see.
"""

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction
from django.test import Client

from delivery import mailbox
from tenants import services
from tenants.context import scope
from tenants.models import User
from tenants.permissions import SCOPES
from tests.conftest import make_user, make_workspace
from tests.routes import Route, api_routes, workspace_routes
from tests.samples import World, fill_world, tenant_models

CANARY = "CANARY-ACME"
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"
WEB = workspace_routes()
API = api_routes()


class Stage:
    """Acme and Globex with one row of every model each, and who looks at them."""

    def __init__(self) -> None:
        self.olga, self.eve = make_user("Olga"), make_user("Eve")
        self.acme = self._workspace("acme", self.olga, CANARY)
        self.globex = self._workspace("globex", self.eve, "GLOBEX")
        self.acme_key, self.globex_key = self._key(self.acme), self._key(self.globex)
        self._deliver(self.acme)
        self.as_olga, self.as_eve = self._client(self.olga), self._client(self.eve)

    def _workspace(self, slug: str, owner: User, canary: str) -> World:
        tenant = make_workspace(slug, owner)
        with scope(tenant.pk):
            return fill_world(tenant, {"user": owner}, canary)

    def _key(self, world: World) -> str:
        with scope(world.tenant.pk):
            return services.create_api_key(tenant=world.tenant, name="Key", scopes=SCOPES)[1]

    def _deliver(self, world: World) -> None:
        """Put the message's mail, and a test mail of the same key, into the demo's mailbox."""
        message = world.row("delivery.Message")
        host = message.mailing.sender.email.partition("@")[2]
        names = (f"{message.public_id}", f"test.{world.tenant.pk}.{message.public_id.hex}")
        self.mails = [mailbox.folder() / f"{name}@{host}.eml" for name in names]
        mailbox.folder().mkdir(parents=True, exist_ok=True)
        for mail in self.mails:
            mail.write_text(f"Subject: {CANARY}\nContent-Type: text/html\n\n<p>{CANARY}</p>\n")

    def _client(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend=SIGN_IN)
        return client

    def foreign_fields(self) -> dict[str, str]:
        """Return Acme's ids under every name that a form or a body might use."""
        ids = self.acme.public_ids()
        plural = {f"{name}s": [value] for name, value in ids.items()}
        return ids | {f"{name}_id": value for name, value in ids.items()} | plural


@contextlib.contextmanager
def on_stage(django_db_blocker) -> Iterator[Stage]:
    """Build the stage once for all tests of a module, in a transaction that is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        stage = Stage()
        try:
            yield stage
        finally:
            for mail in stage.mails:
                mail.unlink()
            transaction.set_rollback(True)


def acme_rows(stage: Stage) -> list[tuple[str, int, str]]:
    """Return table, number of rows and checksum of everything that Acme has."""
    parts = []
    for model in tenant_models():
        table = model._meta.db_table
        parts.append(
            f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY id))"  # noqa: S608
            f' FROM "{table}" t'
        )
    with scope(stage.acme.tenant.pk), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(cursor.fetchall())


def ids_of(routes: list[Route]) -> list[str]:
    return [f"{route.name or route.pattern}" for route in routes]


def body_of(response: object) -> str:
    content = b"".join(response) if getattr(response, "streaming", False) else response.content
    return content.decode(errors="replace")


def is_public(route: Route) -> bool:
    return bool(getattr(route.view, "is_public", False))

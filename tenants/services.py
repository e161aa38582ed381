"""What can be done with workspaces, people and keys. UI, API, admin and commands call these."""

import contextlib
import hashlib
import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tenants.audit import current_actor, record, record_system
from tenants.context import scope, scope_of
from tenants.errors import BadInput, BadKey, Conflict, NotFound, Unavailable
from tenants.models import ApiKey, Invitation, Membership, Tenant, User
from tenants.permissions import SCOPES, Role

logger = logging.getLogger(__name__)

INVITATION_DAYS = 14
KEY_PREFIX = "mp"
_KEY = re.compile(rf"{KEY_PREFIX}_([-\w]+)_([0-9a-f]{{8}})_[-\w]{{43}}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace as its member sees it in the switcher."""

    slug: str
    name: str
    role: str


def workspaces_of(user: User) -> list[Workspace]:
    """Return the workspaces that the person belongs to, by name.

    The one question that spans tenants. A database function answers it, because row level
    security hides memberships of all workspaces but the one in scope.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, name, role FROM tenants_workspaces_of(%s)", [user.pk])
        return [Workspace(slug=row[0], name=row[1], role=row[2]) for row in cursor.fetchall()]


def create_workspace(
    *, name: str, slug: str, owner: User, language: str = "en", **fields: str
) -> Tenant:
    """Create a workspace with its first owner. Raises Conflict if the address is taken."""
    if Tenant.objects.filter(slug=slug).exists():
        raise Conflict(_("The address %(slug)s is taken. Choose another.") % {"slug": slug})
    with transaction.atomic():
        tenant = Tenant.objects.create(name=name, slug=slug, language=language, **fields)
        record_system("workspace.created", tenant, slug=slug)
        with scope(tenant.pk):
            add_member(user=owner, role=Role.OWNER)
    return tenant


def update_workspace(*, tenant: Tenant, **fields: str) -> Tenant:
    """Change name, language, time zone, currency or postal address."""
    for name, value in fields.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=list(fields))
    record("workspace.changed", tenant, fields=sorted(fields))
    return tenant


def get_membership(*, tenant: Tenant, user: User) -> Membership:
    """Return the person's membership. Raises NotFound if there is none, or no such workspace."""
    membership = Membership.objects.filter(user=user).first()
    if membership is None:
        raise NotFound(_("This page does not exist, or is not in this workspace."))
    return membership


def add_member(*, user: User, role: str) -> Membership:
    """Give the person this role in the workspace in scope, in place of any other."""
    membership, _created = Membership.objects.update_or_create(user=user, defaults={"role": role})
    record("member.added", membership, email=user.email, role=role)
    return membership


def change_role(*, membership: Membership, role: str) -> Membership:
    """Raises Conflict if the workspace would be left without an owner."""
    _keep_an_owner(membership, stays_owner=role == Role.OWNER)
    membership.role = role
    membership.save(update_fields=["role"])
    record("member.role_changed", membership, role=role)
    return membership


def remove_member(*, membership: Membership) -> None:
    _keep_an_owner(membership, stays_owner=False)
    record("member.removed", membership, email=membership.user.email)
    membership.delete()


def _keep_an_owner(membership: Membership, *, stays_owner: bool) -> None:
    if stays_owner or membership.role != Role.OWNER:
        return
    owners = Membership.objects.select_for_update().filter(role=Role.OWNER)
    if {owner.pk for owner in owners} == {membership.pk}:
        raise Conflict(_("A workspace needs an owner. Make somebody else an owner first."))


def invite(*, tenant: Tenant, email: str, role: str) -> Invitation:
    """Invite somebody by email. Inviting again makes the older link void.

    To be called outside a scope: no transaction is open while the mail server is talked to. The
    mail leaves before the invitation is kept, so that none stands without a mail.
    Raises Conflict for a member, Unavailable if the mail server does not take the mail: then
    nobody is invited.
    """
    email = email.strip().lower()
    with scope(tenant.pk):
        if Membership.objects.filter(user__email__iexact=email).exists():
            raise Conflict(_("%(email)s is a member already.") % {"email": email})
    token = secrets.token_urlsafe(32)
    _send_invitation(tenant, email, token)
    with scope(tenant.pk):
        Invitation.objects.filter(email=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            token_hash=_sha256(token),
            invited_by=current_actor().user,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        record("member.invited", invitation, role=role)
    return invitation


def _send_invitation(tenant: Tenant, email: str, token: str) -> None:
    path = reverse("tenants:invitation-accept", args=[tenant.slug, token])
    with translation.override(tenant.language):
        context = {"tenant": tenant, "link": settings.SITE_URL + path, "days": INVITATION_DAYS}
        subject = _("You are invited to %(workspace)s") % {"workspace": tenant.name}
        body = render_to_string("tenants/email_invitation.txt", context)
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [email])
    except OSError as error:  # no connection, or one of smtplib's
        logger.warning("An invitation was not sent: %s", error)
        text = _(
            "Nobody was invited: the platform's mail server did not take the mail. Ask your "
            "administrator to check EMAIL_HOST, then try again."
        )
        raise Unavailable(text, code="mail_not_sent") from error


def withdraw_invitation(*, invitation: Invitation) -> None:
    """Make the link of an open invitation void."""
    record("member.invitation_withdrawn", invitation)
    invitation.delete()


def find_invitation(token: str) -> Invitation:
    """Return the open invitation of this link. Raises NotFound if it is used, old or unknown."""
    invitation = Invitation.objects.filter(
        token_hash=_sha256(token), accepted_at=None, expires_at__gt=timezone.now()
    ).first()
    if invitation is None:
        raise NotFound(_("This invitation is used or has expired. Ask for a new one."))
    return invitation


def accept_invitation(
    *, invitation: Invitation, user: User | None, name: str = "", password: str = ""
) -> User:
    """Join the workspace: as the person signed in, or as a new one with name and password.

    Raises BadInput if the password is too weak, Conflict if the address belongs to another.
    """
    if user is None:
        user = _register(invitation.email, name, password)
    elif user.email.lower() != invitation.email:
        raise Conflict(
            _("This invitation is for %(email)s. Sign in with that address.")
            % {"email": invitation.email}
        )
    if not Membership.objects.filter(user=user).exists():  # who is in already keeps the role
        add_member(user=user, role=invitation.role)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    return user


def _register(email: str, name: str, password: str) -> User:
    if User.objects.filter(email__iexact=email).exists():
        raise Conflict(_("You have an account already. Sign in, then open the link again."))
    try:
        password_validation.validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), fields={"password": error.messages[0]}) from error
    return User.objects.create_user(email, password, name=name)


def create_api_key(
    *, tenant: Tenant, name: str, scopes: Iterable[str], days: int | None = None
) -> tuple[ApiKey, str]:
    """Return the new key's row and the key itself, which is never shown again.

    Raises BadInput for a scope that does not exist. `days` None means it does not expire.
    """
    scopes = list(scopes)
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise BadInput(_("Choose what the key may do."), fields={"scopes": ", ".join(unknown)})
    prefix = secrets.token_hex(4)
    key = f"{KEY_PREFIX}_{tenant.slug}_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        key_hash=_sha256(key),
        scopes=scopes,
        created_by=current_actor().user,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    record("api_key.created", row, scopes=scopes)
    return row, key


def revoke_api_key(*, key: ApiKey) -> None:
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    record("api_key.revoked", key)


@contextlib.contextmanager
def key_scope(key: str) -> Iterator[ApiKey]:
    """Work in the scope of the workspace that a good API key names; note its use (once a minute).

    The key is looked up each time: one that is revoked opens nothing any more, in no process.
    Workspace and key are found by one question. Raises BadKey.
    """
    found: list[ApiKey] = []

    def enter() -> int:
        found.append(_find_key(key))
        return found[0].tenant_id

    with scope_of(enter):
        _note_use(found[0])
        yield found[0]


def _bad_key() -> BadKey:
    """One sentence for every way in which a key opens nothing."""
    return BadKey(_("The API key is missing, wrong, expired or revoked."))


def _find_key(key: str) -> ApiKey:
    """Tell PostgreSQL the workspace of a key, and return the key's row if it is good."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise _bad_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_open_key(%s, %s)", match.groups())
        names = [column[0] for column in cursor.description]
        values = cursor.fetchone()
    if values is None:
        raise _bad_key()
    found = dict(zip(names, values, strict=True))
    if not secrets.compare_digest(found["key_hash"], _sha256(key)):
        raise _bad_key()
    if found["expires_at"] and found["expires_at"] <= timezone.now():
        raise _bad_key()
    order = [field.attname for field in ApiKey._meta.concrete_fields if field.attname in found]
    return ApiKey.from_db(connection.alias, order, [found[name] for name in order])


def _note_use(row: ApiKey) -> None:
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1):
        row.last_used_at = now
        row.save(update_fields=["last_used_at"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

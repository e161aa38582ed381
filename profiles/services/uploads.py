"""Files that people upload: stored under MEDIA_ROOT, for nobody else on this machine."""

import uuid
from pathlib import Path

from django.conf import settings

from tenants.context import current_tenant_id
from tenants.models import Tenant


def new_file(kind: str) -> tuple[Path, str]:
    """An empty file in the workspace's folder for this kind, and its name under MEDIA_ROOT."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    name = f"{tenant.public_id}/{kind}/{uuid.uuid4().hex}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # people's data
    return path, name

"""What every page knows: the workspace, the person's role, what they may do."""

from typing import Any

from django.http import HttpRequest

from tenants import permissions, services


class Can:
    """`{% if can.campaigns_send %}` in a template: action names with a line for the dot."""

    def __init__(self, role: str | None) -> None:
        self.role = role

    def __getitem__(self, name: str) -> bool:
        action = next((key for key in permissions.ACTIONS if key.replace(".", "_") == name), None)
        if action is None:
            raise KeyError(name)
        return self.role is not None and permissions.allows(self.role, action)


def workspace(request: HttpRequest) -> dict[str, Any]:
    tenant = getattr(request, "tenant", None)
    user = getattr(request, "user", None)
    if tenant is None or user is None or not user.is_authenticated:
        return {"tenant": tenant}
    role = getattr(request, "role", None)
    return {
        "tenant": tenant,
        "role": role,
        "role_label": permissions.Role(role).label if role else "",
        "can": Can(role),
        "workspaces": lambda: services.workspaces_of(user),
    }

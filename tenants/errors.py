"""Errors that a user can act on.

    DomainError
    ├── BadKey              the API key opens nothing (401)
    ├── NotAllowed          the role may not do this (403)
    ├── NotFound            no such row in this workspace (404)
    ├── Conflict            the state of the row does not allow it (409)
    ├── BadInput            a field is wrong (422)
    └── Unavailable         a part we need does not answer; try again later (503)
NoTenant is a programming error, not a DomainError: it must reach the log, not the user.
"""

from collections.abc import Mapping


class NoTenant(RuntimeError):
    """Tenant data was touched outside `tenants.context.scope`."""


class DomainError(Exception):
    """A refusal with a stable `code`, a full sentence, and the fields it concerns.

    `message` says what happened and what to do, in the user's language when it was built from a
    translated string. `fields` maps a field name to what is wrong with it.
    """

    code = "error"
    status = 400

    def __init__(
        self, message: str, *, code: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields = dict(fields or {})


class BadKey(DomainError):
    code = "not_authenticated"
    status = 401


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403


class NotFound(DomainError):
    code = "not_found"
    status = 404


class Conflict(DomainError):
    code = "conflict"
    status = 409


class BadInput(DomainError):
    code = "bad_input"
    status = 422


class Unavailable(DomainError):
    code = "unavailable"
    status = 503

"""How django-allauth signs people in here."""

import functools
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: people join a workspace by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Once the request's transaction has ended: a slow mail server would hold it open."""
        transaction.on_commit(functools.partial(super().send_mail, template_prefix, email, context))

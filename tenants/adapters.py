"""How django-allauth signs people in here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: people join a workspace by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

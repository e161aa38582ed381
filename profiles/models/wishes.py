"""Rules that a model makes of a sentence, while a person waits for them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import PublicModel, User


class WishState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RuleWish(PublicModel):
    """Whom somebody looks for, in their words, and the rules that the workspace's model made of it.

    `unread` are parts of the wish that no rule says; `message` says why there are no rules. Kept
    for a day.
    """

    words = models.TextField(_("in words"))
    state = models.CharField(
        _("state"), max_length=10, choices=WishState, default=WishState.WAITING
    )
    rules = models.JSONField(_("rules"), default=dict)
    unread = models.JSONField(_("left out"), default=list)
    message = models.TextField(_("what happened"), blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("wish for rules")
        verbose_name_plural = _("wishes for rules")
        constraints: ClassVar = [*PublicModel.Meta.constraints]

    def __str__(self) -> str:
        return self.words[:60]

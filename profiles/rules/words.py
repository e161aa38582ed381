"""Rules in words: “Ordered · product in · Trail shoes · 9 to 14 months ago”."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.rules.fields import MOMENT_OPS, OPS, Kind
from profiles.rules.parse import Group, Node, Not, Rule
from profiles.word_labels import label_of

DOT = " · "
SHOWN_TEXTS = 3


def describe(node: Node) -> list[str]:
    """Return one sentence for each member of the outermost group."""
    members = node.members if isinstance(node, Group) else (node,)
    return [sentence(member) for member in members]


def sentence(node: Node) -> str:
    match node:
        case Rule():
            return DOT.join(words(node))
        case Not():
            return _("not: %(rule)s") % {"rule": sentence(node.member)}
    inner = "; ".join(sentence(member) for member in node.members)
    if node.kind == "all":
        return _("all of: %(rules)s") % {"rules": inner} if inner else _("everybody")
    return _("any of: %(rules)s") % {"rules": inner} if inner else _("nobody")


def words(rule: Rule) -> list[str]:
    """Return the parts of the sentence: group, field, op and value, when."""
    label = rule.key or str(rule.field.label)
    match rule.field.kind:
        case Kind.DID:
            parts = [label, _texts(rule, rule.value), _times(rule)]
        case Kind.TOTAL | Kind.FIGURE:
            parts = [label, rule.detail, _of(rule), str(OPS[rule.op].label), _value(rule)]
        case Kind.MOMENT | Kind.LAST:
            parts = [label, _moment(rule)]
        case Kind.ATTRIBUTE if rule.op in MOMENT_OPS:
            parts = [label, _moment(rule)]
        case Kind.ANSWER:
            parts = [label, _choice(rule, _answer_key(rule.value))]
        case _:
            parts = [label, str(OPS[rule.op].label), _value(rule)]
    if rule.days_ago is not None:
        parts.append(_window(*rule.days_ago))
    if rule.not_since:
        parts.append(_("and since then no %(events)s") % {"events": ", ".join(rule.not_since)})
    return [part for part in (str(rule.field.group), *parts) if part]


def seen_words(rule: Rule, found: Any) -> str:
    """Return what a rule found of one person: “3 times”, “212.50”, “not known”."""
    match found:
        case None if rule.field.kind is Kind.TOTAL:
            return _number(Decimal(0))
        case None | "":
            return _("not known")
        case datetime():
            return formats.date_format(timezone.localtime(found))
        case bool() | str():
            return _choice(rule, str(found))
    if rule.field.kind is Kind.DID:
        return ngettext("%(count)s time", "%(count)s times", found) % {"count": found}
    return _number(round(Decimal(found), 2))


def _answer_key(value: bool | None) -> str:
    return {True: "true", False: "false", None: "null"}[value]


def _choice(rule: Rule, value: str) -> str:
    if rule.field.kind is Kind.WORDS:
        return label_of(value)
    return str(dict(rule.field.choices).get(value, value))


def _of(rule: Rule) -> str:
    return _("in %(names)s") % {"names": _texts(rule, rule.of)} if rule.of else ""


def _texts(rule: Rule, values: Sequence[str]) -> str:
    names = [_choice(rule, value) for value in values]
    text = _(" or ").join(names[:SHOWN_TEXTS])
    more = len(names) - SHOWN_TEXTS
    if more > 0:
        text = ngettext("%(names)s or %(count)s more", "%(names)s or %(count)s more", more) % {
            "names": text,
            "count": more,
        }
    return text


def _value(rule: Rule) -> str:
    match rule.value:
        case None:
            return ""
        case (Decimal() as low, Decimal() as high):
            return _("%(low)s and %(high)s") % {"low": _number(low), "high": _number(high)}
        case tuple():
            return _texts(rule, rule.value)
        case Decimal():
            return _number(rule.value)
    return f"“{rule.value}”"


def _number(value: Decimal) -> str:
    return str(formats.number_format(value.normalize() if value else Decimal(0), use_l10n=True))


def _times(rule: Rule) -> str:
    if rule.op == "never" or (rule.op == "at_most" and rule.times == 0):
        return _("never")
    count = rule.times
    if rule.op == "at_most":
        return ngettext("at most %(count)s time", "at most %(count)s times", count) % {
            "count": count
        }
    if count == 1:
        return ""
    return ngettext("at least %(count)s time", "at least %(count)s times", count) % {"count": count}


def _moment(rule: Rule) -> str:
    match rule.op:
        case "within_days":
            return _window(0, rule.value)
        case "between_days_ago":
            return _window(*rule.value)
        case "more_than_days_ago":
            return _("more than %(span)s ago") % {"span": _span(rule.value)}
        case "before":
            return _("before %(day)s") % {"day": formats.date_format(rule.value)}
        case "after":
            return _("from %(day)s on") % {"day": formats.date_format(rule.value)}
    return str(OPS[rule.op].label)


def _window(newest: int, oldest: int) -> str:
    if newest == 0:
        return _("in the last %(span)s") % {"span": _span(oldest)}
    if newest % 30 == 0 and oldest % 30 == 0 and oldest >= 60:
        return _("%(newest)s to %(oldest)s months ago") % {
            "newest": newest // 30,
            "oldest": oldest // 30,
        }
    return _("%(newest)s to %(oldest)s days ago") % {"newest": newest, "oldest": oldest}


def _span(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}

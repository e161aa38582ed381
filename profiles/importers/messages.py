"""Why a row is rejected, in words. `code` is stable; the words are what a person reads."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(NamedTuple):
    """`title` heads a group of rows; `advice` says what to do with one of them."""

    title: str | Promise
    advice: str | Promise


REASONS: dict[str, Reason] = {
    "email_invalid": Reason(_("Email is not an address"), _("Write an address with “@”.")),
    "email_no_domain": Reason(_("Email ends at “@”"), _("The part after “@” is missing.")),
    "email_taken": Reason(
        _("Email belongs to another customer"),
        _("Customer %(other)s has this email. Correct the email or the customer number."),
    ),
    "date_invalid": Reason(
        _("Date does not exist"), _("There is no such day or time. Correct it.")
    ),
    "date_unreadable": Reason(_("Date cannot be read"), _("Write it as 2026-11-30 or 30.11.2026.")),
    "date_out_of_range": Reason(
        _("Date is out of range"), _("Write a date from 1990 to a year from now.")
    ),
    "in_future": Reason(
        _("Has not happened yet"), _("An event lies in the past. Correct its date or time zone.")
    ),
    "number_invalid": Reason(_("Not a number"), _("Write digits only, for example 1234.50.")),
    "number_too_big": Reason(_("Number is too big"), _("Correct the number.")),
    "number_rounded": Reason(
        _("Number was rounded by a spreadsheet"),
        _("Format the column as text in the spreadsheet and export it again."),
    ),
    "not_whole": Reason(_("Not a whole number"), _("Write a whole number.")),
    "price_negative": Reason(_("Price is below zero"), _("Write a price of 0 or more.")),
    "not_yes_or_no": Reason(_("Neither yes nor no"), _("Write yes or no.")),
    "language_unknown": Reason(_("Language is not known"), _("Write a code such as en or zh.")),
    "timezone_unknown": Reason(
        _("Time zone is not known"), _("Write a name such as Europe/Paris or Asia/Shanghai.")
    ),
    "currency_unknown": Reason(_("Currency is not known"), _("Write a code such as USD or CNY.")),
    "too_long": Reason(_("Text is too long"), _("Shorten it.")),
    "missing": Reason(_("A needed value is missing"), _("Fill in this cell.")),
    "no_key": Reason(_("No customer named"), _("Fill in a customer number or an email.")),
    "erased": Reason(
        _("Person asked to be erased"), _("They stay erased. Take the row out of your file.")
    ),
    "no_consent": Reason(
        _("Author did not agree"), _("A text is kept only if its author agreed. Leave it out.")
    ),
    "text_kind_unknown": Reason(_("Kind of text is not known"), _("Write review, post or chat.")),
    "attribute_wrong": Reason(
        _("Attribute has another type"),
        _("The workspace says what this attribute holds. Correct the value."),
    ),
    "not_an_object": Reason(_("Not an object"), _("Send an object with the documented fields.")),
    "not_plain": Reason(_("Not a plain value"), _("Send a text, a number, true or false.")),
    "unknown_field": Reason(
        _("Field is not known"), _("Remove it, or put it into attributes or properties.")
    ),
    "nul": Reason(_("Row holds a NUL character"), _("Export the row again, or remove it.")),
    "too_many_cells": Reason(
        _("Row has too many columns"), _("Put texts that hold the separator in quotes.")
    ),
    "too_few_cells": Reason(
        _("Row has too few columns"), _("Fill the row up to the columns of the header.")
    ),
    "row_too_long": Reason(_("Row is too long"), _("A row may have 1 MiB. Shorten it.")),
    "quote_not_closed": Reason(_("Quote is not closed"), _("Close the quote, or remove it.")),
    "duplicate": Reason(
        _("Stands twice in the file"),
        _("Line %(other)s has the same number or email and was saved. Keep one of them."),
    ),
    "other_customer": Reason(
        _("Order belongs to another customer"),
        _("This order number is saved for customer %(other)s. Correct one of them."),
    ),
    "status_unknown": Reason(_("Status is not known"), _("Write placed, cancelled or returned.")),
    "no_title": Reason(
        _("Product has no title"), _("Fill in the title, or put the row below the one that has it.")
    ),
    "url_invalid": Reason(
        _("Link is not an address"), _("Write a link that begins with https://.")
    ),
}


def title_of(code: str) -> str:
    reason = REASONS.get(code)
    return str(reason.title) if reason else code


def advice_for(code: str, **params: str) -> str:
    """The sentence for one row, in the language that is active."""
    reason = REASONS[code]
    return str(reason.advice) % params if params else str(reason.advice)

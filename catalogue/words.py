"""How prices, dates and offers are said, in the languages that texts are written in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

from inference.types import Language

LOCALES: Mapping[str, str] = {Language.ENGLISH: "en", Language.CHINESE: "zh_Hans_CN"}
DIGITS = "零一二三四五六七八九"

FREE_DELIVERY: Mapping[str, str] = {
    Language.ENGLISH: "free delivery",
    Language.CHINESE: "免运费",
}
GIFT: Mapping[str, str] = {Language.ENGLISH: "a gift", Language.CHINESE: "赠品"}


def format_money(amount: Decimal, currency: str, language: str) -> str:
    """Return `$96.00`, `¥1,284.50`. `currency` is an ISO 4217 code, "" for a bare number."""
    locale = LOCALES[language]
    if not currency:
        return str(format_decimal(amount, format="#,##0.00", locale=locale))
    return str(format_currency(amount, currency, locale=locale))


def format_round_money(amount: Decimal, currency: str, language: str) -> str:
    """Return `$10` for a round amount, else as `format_money`."""
    if amount != amount.to_integral_value():
        return format_money(amount, currency, language)
    locale = LOCALES[language]
    if not currency:
        return str(format_decimal(amount, format="#,##0", locale=locale))
    return str(
        format_currency(amount, currency, locale=locale, format="¤#,##0", currency_digits=False)
    )


def format_date(value: datetime, language: str, timezone: str) -> str:
    """Return `6 December` or `12月6日`: the day of an aware moment in the time zone."""
    local = value.astimezone(ZoneInfo(timezone))
    if language == Language.ENGLISH:  # day first, as the interface writes dates
        return f"{local.day} {local:%B}"
    return str(format_skeleton("MMMd", local.date(), locale=LOCALES[language]))


def format_last_day(ends_at: datetime, language: str, timezone: str) -> str:
    """Return the last day of which a part lies before `ends_at`: midnight ends the day before."""
    return format_date(ends_at - timedelta(microseconds=1), language, timezone)


def percent_phrase(percent: Decimal, language: str) -> str:
    """Return `20% off`, `八折`, `八五折`, or `减 12.5%` where there is no such 折."""
    number = format_decimal(percent, locale="en")
    if language == Language.ENGLISH:
        return f"{number}% off"
    paid = 100 - percent
    if paid != paid.to_integral_value() or not 10 <= paid < 100:
        return f"减 {number}%"
    tens, ones = divmod(int(paid), 10)
    return DIGITS[tens] + (DIGITS[ones] if ones else "") + "折"


def amount_phrase(amount: Decimal, currency: str, language: str) -> str:
    """Return `$10 off` or `立减 ¥10`."""
    money = format_round_money(amount, currency, language)
    return f"{money} off" if language == Language.ENGLISH else f"立减 {money}"

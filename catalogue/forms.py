"""Forms of products, offers and brand voices: shape and plain validity."""

import re
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogue.models import BrandVoice, Offer, OfferKind, Product, TextLanguage, ToneChoice
from tenants.errors import DomainError

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class LinesField(forms.CharField):
    """A list of short texts, one on each line."""

    def __init__(self, *, each: int, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)
        self.each = each

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in super().to_python(value).splitlines()]
        return list(dict.fromkeys(filter(None, lines)))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for line in value:
            if len(line) > self.each:
                raise forms.ValidationError(
                    _("“%(start)s…” is longer than %(limit)s characters. Make it shorter."),
                    params={"start": line[:20], "limit": self.each},
                )


class TextsField(LinesField):
    """A list of longer texts with an empty line between them."""

    def prepare_value(self, value: Any) -> Any:
        return "\n\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        texts = re.split(r"\n\s*\n", forms.CharField.to_python(self, value).replace("\r\n", "\n"))
        return [text.strip() for text in texts if text.strip()]


def day_field(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """Put what a service refused where the person sees it."""
    for name, message in (error.fields or {"": error.message}).items():
        form.add_error(name if name in form.fields else None, message)


def language_name(language: str) -> str:
    return str(TextLanguage(language).label)


TRANSLATED = ("title", "category", "features", "benefits")


class ProductForm(forms.Form):
    """The facts of a product, in its own language and in the others that texts are written in."""

    title = forms.CharField(label=_("Title"), max_length=300)
    category = forms.CharField(label=_("Category"), max_length=200, required=False)
    brand = forms.CharField(label=_("Brand"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=TextLanguage)
    features = LinesField(
        label=_("Features"),
        each=120,
        help_text=_("What it has, a few words on each line: “5 mm lugs”. Texts cite the first."),
    )
    benefits = LinesField(
        label=_("Benefits"),
        each=120,
        help_text=_("What it lets people do, as a verb: “keep your grip on wet rock”."),
    )
    price = forms.DecimalField(
        label=_("Price"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    compare_at_price = forms.DecimalField(
        label=_("Price before"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, help_text=_("Three letters: USD.")
    )
    stock = forms.IntegerField(
        label=_("Stock"), required=False, help_text=_("Empty: not counted. 0: sold out.")
    )
    url = forms.URLField(label=_("Link"), max_length=2000, required=False, assume_scheme="https")
    image_url = forms.URLField(
        label=_("Picture"), max_length=2000, required=False, assume_scheme="https"
    )
    is_active = forms.BooleanField(label=_("On sale"), required=False)

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        initial = {name: getattr(product, name) for name in type(self).base_fields}
        self.others = [code for code in TextLanguage.values if code != product.language]
        for code in self.others:
            for name in TRANSLATED:
                initial[f"{code}_{name}"] = product.translations.get(code, {}).get(name)
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.product = product
        for code in self.others:
            for name in TRANSLATED:
                self.fields[f"{code}_{name}"] = self._translated(name)

    def _translated(self, name: str) -> forms.Field:
        label = self.fields[name].label
        if name in ("features", "benefits"):
            return LinesField(label=label, each=120)
        return forms.CharField(label=label, max_length=200, required=False)

    @property
    def translations(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each other language, by its name."""
        return [
            (language_name(code), [self[f"{code}_{name}"] for name in TRANSLATED])
            for code in self.others
        ]

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].strip().upper()
        if code and (len(code) != 3 or not code.isalpha()):
            raise forms.ValidationError(_("Write the three letters of a currency, such as EUR."))
        return code

    @property
    def facts(self) -> dict[str, Any]:
        """What `save_product` takes."""
        data = self.cleaned_data
        translations = dict(self.product.translations)
        for code in self.others:
            known = {name: data[f"{code}_{name}"] for name in TRANSLATED}
            translations[code] = {name: value for name, value in known.items() if value}
        own = {name: data[name] for name in type(self).base_fields}
        return own | {
            "translations": {code: facts for code, facts in translations.items() if facts}
        }


class OfferForm(forms.Form):
    """An offer. The last day is the last one on which it holds."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("For you: “Winter sale”."))
    kind = forms.ChoiceField(label=_("What people get"), choices=OfferKind)
    value = forms.DecimalField(
        label=_("How much"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        help_text=_("Per cent, or an amount of money."),
    )
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        required=False,
        help_text=_("Of an amount; empty: the workspace's."),
    )
    code = forms.CharField(label=_("Code"), max_length=40, required=False)
    first_day = day_field(_("First day"))
    last_day = day_field(_("Last day"))
    phrase_en = forms.CharField(label=_("In English"), max_length=60, required=False)
    phrase_zh = forms.CharField(label=_("In Chinese"), max_length=60, required=False)
    is_active = forms.BooleanField(label=_("May be used"), required=False, initial=True)

    def __init__(self, *args: Any, offer: Offer | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _offer_initial(offer) if offer else None
        super().__init__(*args, **kwargs)

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].strip().upper()

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip()
        if not re.fullmatch(r"[\w.-]*", code):
            raise forms.ValidationError(_("A code has letters, digits, dots and dashes only."))
        return code

    @property
    def facts(self) -> dict[str, Any]:
        """What `create_offer` and `update_offer` take."""
        data = self.cleaned_data
        phrases = {"en": data["phrase_en"], "zh-hans": data["phrase_zh"]}
        return {
            **{name: data[name] for name in ("name", "kind", "value", "currency", "code")},
            "starts_at": _midnight(data["first_day"]),
            "ends_at": _midnight(data["last_day"], days=1),
            "phrases": {language: words for language, words in phrases.items() if words},
        }


def _offer_initial(offer: Offer) -> dict[str, Any]:
    last = timezone.localtime(offer.ends_at - timedelta(microseconds=1)) if offer.ends_at else None
    return {
        **{name: getattr(offer, name) for name in ("name", "kind", "value", "currency", "code")},
        "first_day": timezone.localtime(offer.starts_at).date() if offer.starts_at else None,
        "last_day": last.date() if last else None,
        "phrase_en": offer.phrases.get("en", ""),
        "phrase_zh": offer.phrases.get("zh-hans", ""),
        "is_active": offer.is_active,
    }


def _midnight(day: Any, *, days: int = 0) -> datetime | None:
    """Return the beginning of a day in the workspace's time zone."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))


class VoiceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    brand_name = forms.CharField(
        label=_("Brand name in texts"), max_length=80, help_text=_("As customers know you.")
    )
    tone = forms.ChoiceField(label=_("Tone"), choices=ToneChoice)
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=TextLanguage, widget=forms.CheckboxSelectMultiple
    )
    do_words = LinesField(label=_("Words we like"), each=80, help_text=_("One on each line."))
    dont_words = LinesField(
        label=_("Words we never use"),
        each=80,
        help_text=_("One on each line. A text with one of them is blocked."),
    )
    samples = TextsField(
        label=_("Sample texts"),
        each=4000,
        rows=10,
        help_text=_("Texts that sound right, with an empty line between two."),
    )
    colour = forms.CharField(
        label=_("Colour of buttons"),
        max_length=7,
        initial="#215043",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    website = forms.URLField(
        label=_("Website"), max_length=300, required=False, assume_scheme="https"
    )
    is_default = forms.BooleanField(
        label=_("Used unless a campaign says otherwise"), required=False
    )

    def __init__(self, *args: Any, voice: BrandVoice | None = None, **kwargs: Any) -> None:
        names = type(self).base_fields
        initial = {name: getattr(voice, name) for name in names} if voice else None
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)

    def clean_colour(self) -> str:
        colour = self.cleaned_data["colour"]
        if not COLOUR.fullmatch(colour):
            raise forms.ValidationError(_("Write a colour such as #215043."))
        return colour.lower()

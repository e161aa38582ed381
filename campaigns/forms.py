"""Forms of the steps Brief and Audience."""

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import WRITTEN_VARIANTS, Campaign, ChannelChoice, Detail, GoalChoice
from catalogue.models import BrandVoice, Offer, Product, TextLanguage, ToneChoice
from profiles.models import Segment


class Lines(forms.CharField):
    """Several lines. A browser ends them with CRLF; here they end with LF, as the API's do."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value).replace("\r\n", "\n")


class CampaignForm(forms.Form):
    """A new campaign: its name and what it is for."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("For your team. Customers never see it."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    goal = forms.ChoiceField(label=_("What we want"), choices=GoalChoice, initial="winback")


class BriefForm(forms.Form):
    """The brief. Choices that belong to the workspace are filled when the form is made."""

    name = forms.CharField(label=_("Name"), max_length=120)
    goal = forms.ChoiceField(label=_("What we want"), choices=GoalChoice)
    message = Lines(
        label=_("What we say"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Your own words. They become the base text, in the language they are written in. "
            "A first line followed by an empty line becomes the subject. Slots such as "
            "{{ product.name }} and {{ offer.phrase }} are filled in."
        ),
    )
    occasion_en = forms.CharField(label=_("Occasion, in English"), required=False, max_length=40)
    occasion_zh = forms.CharField(label=_("Occasion, in Chinese"), required=False, max_length=40)
    offer = forms.ModelChoiceField(
        label=_("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("No offer"),
    )
    products = forms.ModelMultipleChoiceField(
        label=_("Products"),
        queryset=Product.objects.none(),
        required=False,
        to_field_name="public_id",
    )
    voice = forms.ModelChoiceField(
        label=_("Brand voice"),
        queryset=BrandVoice.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("None"),
    )
    tone = forms.ChoiceField(label=_("Tone"), choices=ToneChoice)
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=TextLanguage, widget=forms.CheckboxSelectMultiple
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=ChannelChoice,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Emails are sent. Ads and articles are written, reviewed and exported."),
    )
    never_say = forms.CharField(
        label=_("Never say"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Words that no text may hold, separated by commas."),
    )
    attribution_days = forms.IntegerField(
        label=_("Count orders for"),
        min_value=1,
        max_value=90,
        help_text=_("Days after the message in which an order counts for it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Q(public_id=self.initial.get("offer"))  # stays to be seen when it is switched off
        offers = Offer.objects.filter(Q(is_active=True) | own)
        self.fields["offer"].queryset = offers.order_by("name")
        self.fields["voice"].queryset = BrandVoice.objects.order_by("name")
        self.fields["products"].queryset = Product.objects.all()

    @staticmethod
    def initial_of(campaign: Campaign) -> dict[str, Any]:
        """Return what the form shows of a campaign."""
        names = ("name", "goal", "message", "tone", "languages", "channels", "attribution_days")
        return {name: getattr(campaign, name) for name in names} | {
            "occasion_en": campaign.occasion.get("en", ""),
            "occasion_zh": campaign.occasion.get("zh-hans", ""),
            "offer": campaign.offer and campaign.offer.public_id,
            "voice": campaign.voice and campaign.voice.public_id,
            "never_say": ", ".join(campaign.never_say),
        }

    def clean_never_say(self) -> list[str]:
        words = [word.strip() for word in re.split(r"[,，、;；\n]", self.cleaned_data["never_say"])]
        return [word[:80] for word in dict.fromkeys(words) if word][:100]

    def fields_of_brief(self) -> dict[str, Any]:
        """Return the values as `briefs.save_brief` takes them."""
        values = dict(self.cleaned_data)
        values |= {name: self._as_they_stood(name) for name in ("languages", "channels")}
        occasion = {"en": values.pop("occasion_en"), "zh-hans": values.pop("occasion_zh")}
        values["occasion"] = {key: words for key, words in occasion.items() if words}
        values["products"] = self._products_in_order()
        return values

    def _as_they_stood(self, name: str) -> list[str]:
        """Return what is ticked in the order that it had; what is new comes last.

        Check boxes know an order of their own, but the first language of a campaign is that of
        people of whom none is known.
        """
        stood = self.initial.get(name, [])
        places = {value: place for place, value in enumerate(stood)}
        return sorted(self.cleaned_data[name], key=lambda value: places.get(value, len(stood)))

    def _products_in_order(self) -> list[Product]:
        found = {str(product.public_id): product for product in self.cleaned_data["products"]}
        return [found[key] for key in self.data.getlist("products") if key in found]


class AudienceForm(forms.Form):
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose a segment"),
    )
    detail = forms.TypedChoiceField(label=_("How personal"), choices=Detail, coerce=int)
    smallest_group = forms.IntegerField(
        label=_("Smallest micro-segment"),
        min_value=1,
        max_value=10_000,
        help_text=_("Smaller ones join their nearest."),
    )
    holdout_percent = forms.IntegerField(
        label=_("Holdout, percent"),
        min_value=0,
        max_value=50,
        help_text=_("Gets nothing, to measure the effect."),
    )
    base_percent = forms.IntegerField(
        label=_("Base text, percent"),
        min_value=0,
        max_value=100,
        help_text=_("Gets your own words, to compare with."),
    )
    variants = forms.TypedChoiceField(
        label=_("Variants"),
        choices=[(count, str(count)) for count in range(1, len(WRITTEN_VARIANTS) + 1)],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Texts for each micro-segment. They differ in what they open with."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.order_by("name")

    @staticmethod
    def initial_of(campaign: Campaign) -> dict[str, Any]:
        names = ("detail", "smallest_group", "holdout_percent", "base_percent", "variants")
        return {name: getattr(campaign, name) for name in names} | {
            "segment": campaign.segment and campaign.segment.public_id
        }

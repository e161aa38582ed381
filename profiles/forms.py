"""What people fill in to bring a file in."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from profiles.importers.dates import DAY_FIRST, MONTH_FIRST
from profiles.importers.fields import ATTRIBUTE, DATE, FIELDS, KINDS_WITH_ATTRIBUTES, attribute_of
from profiles.models import Import, ImportKind
from profiles.services.classifier_runs import MOST_BYTES, PIECE, Choice, Looked

MOST_LABELS_OFFERED = 200


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What the file holds"), choices=ImportKind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the importer says in a sentence what is wrong with it
        help_text=_("CSV or TSV, also packed as .gz; any size."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.gz"}),
    )


class MappingForm(forms.Form):
    """One select for each column of the file; a field may be chosen once."""

    date_order = forms.ChoiceField(
        label=_("A date such as 03/04/2026 is"),
        choices=[(DAY_FIRST, _("3 April: day first")), (MONTH_FIRST, _("March 4: month first"))],
    )

    def __init__(self, *args: Any, import_: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.import_ = import_
        orders = import_.options.get("dates", {}).values()
        self.fields["date_order"].initial = MONTH_FIRST if MONTH_FIRST in orders else DAY_FIRST
        if not (orders and any(one.parse == DATE for one in FIELDS[import_.kind].values())):
            del self.fields["date_order"]  # nothing in the file can be read both ways
        fields = {column: field for field, column in import_.mapping.items()}
        for place, column in enumerate(import_.columns):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=column,
                required=False,
                choices=self._choices(column),
                initial=fields.get(column, ""),
            )

    def _choices(self, column: str) -> list[tuple[str, Any]]:
        known = [
            (name, f"{field.label} *" if field.is_needed else field.label)
            for name, field in FIELDS[self.import_.kind].items()
        ]
        keep = []
        if self.import_.kind in KINDS_WITH_ATTRIBUTES:
            kept_as = next(
                (
                    field
                    for field, mapped in self.import_.mapping.items()
                    if mapped == column and field.startswith(ATTRIBUTE)
                ),
                attribute_of(column),
            )
            keep = [(kept_as, _("Keep under its own name"))]
        return [("", _("Leave out")), *keep, *known]

    def rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The select of each column that is used, with the values of the first rows."""
        return [row for row in self._rows() if self._is_used(row[0])]

    def unused(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The same of the columns that are left out: folded away on the page."""
        return [row for row in self._rows() if not self._is_used(row[0])]

    def _rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        sample = self.import_.options.get("sample", [])
        return [
            (self[f"column-{place}"], [row[place] for row in sample if len(row) > place][:3])
            for place in range(len(self.import_.columns))
        ]

    @staticmethod
    def _is_used(field: forms.BoundField) -> bool:
        return bool(field.value() or field.errors)

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, str] = {}
        for place, column in enumerate(self.import_.columns):
            field = self.cleaned_data.get(f"column-{place}")
            if field and field in chosen:
                self.add_error(
                    f"column-{place}",
                    _("“%(column)s” holds this already. Choose one of the two columns.")
                    % {"column": chosen[field]},
                )
            elif field:
                chosen[field] = column
        self.mapping = chosen
        return self.cleaned_data

    @property
    def options(self) -> dict[str, Any]:
        order = self.cleaned_data.get("date_order")
        return {"dates": dict.fromkeys(self.import_.columns, order)} if order else {}


class LabelFileForm(forms.Form):
    """A file of labelled texts."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the reader says in a sentence what is wrong with it
        help_text=format_lazy(
            _("CSV or TSV, also packed as .gz, or JSON; at most {most} MB."),
            most=MOST_BYTES // PIECE,
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.json,.jsonl,.gz"}),
    )


class LabelChoiceForm(forms.Form):
    """What to learn from a file that was read as `looked` says."""

    text = forms.ChoiceField(label=_("Column of the texts"))
    label = forms.ChoiceField(label=_("Column of the labels"))
    oos = forms.ChoiceField(
        label=_("Texts that should get no label"),
        required=False,
        help_text=_(
            "Choose a label such as “other” if the file has one. Its texts are not learnt."
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of the texts"),
        required=False,
        choices=[
            ("", _("Told by the texts")),
            ("en", _("English")),
            ("zh-hans", _("Chinese")),
            ("other", _("Another language with blanks between words")),
            ("mixed", _("Chinese and another language")),
        ],
    )
    name = forms.CharField(
        label=_("Name of the classifier"),
        max_length=60,
        help_text=_("The name of one that you have makes a new version of it."),
        widget=forms.TextInput(attrs={"list": "classifier-names"}),
    )

    def __init__(self, *args: Any, looked: Looked, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [(name, name) for name in looked.columns]
        for name in ("text", "label"):
            self.fields[name].choices = [("", _("Choose a column")), *columns]
        labels = [(one.label, one.label[:80]) for one in looked.labels[:MOST_LABELS_OFFERED]]
        self.fields["oos"].choices = [("", _("None: every label is learnt")), *labels]
        for name in ("text", "label", "oos", "language", "name"):
            self.fields[name].initial = getattr(looked.choice, name)
        for name in ("text", "label", "oos", *(["name"] if looked.problem else [])):
            self.fields[name].widget.attrs["hx-post"] = ""  # the page reads the file anew

    @property
    def choice(self) -> Choice:
        return Choice(**self.cleaned_data)

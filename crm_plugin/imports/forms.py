"""What the wizard asks: the file, the columns, the basis."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import sheets
from crm_plugin.consents.models import Topic

from . import nouns
from .basis import Basis, stated
from .models import ImportBatch
from .showing import open_columns

NOUNS = [
    (ImportBatch.Noun.CONTACTS, gettext_lazy("People (contacts)")),
    (ImportBatch.Noun.PURCHASES, gettext_lazy("Purchases (the till's export)")),
]


class UploadForm(forms.Form):
    noun = forms.ChoiceField(
        label=gettext_lazy("What is in the sheet?"),
        choices=NOUNS,
        initial=ImportBatch.Noun.CONTACTS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.tsv,.txt"}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_perm("crm_plugin.add_purchase"):
            self.fields["noun"].choices = NOUNS[:1]
        self.fields["file"].help_text = _(
            "Excel (.xlsx) or CSV, at most %(limit)s MB. The first row names the"
            " columns. Nothing is changed before you have seen what would happen."
        ) % {"limit": sheets.max_bytes() // 1024 // 1024}

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > sheets.max_bytes():
            limit = sheets.max_bytes() // 1024 // 1024
            raise forms.ValidationError(str(sheets.Refused("too_large", limit=limit)))
        return upload


class ColumnsForm(forms.Form):
    """One select for each column of the sheet."""

    def __init__(
        self, *args: Any, batch: ImportBatch, user: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.batch, self.user = batch, user
        offered = nouns.fields_for(batch.noun, user)
        choices = _grouped(offered)
        allowed = {field.name for field in offered}
        for index, header in enumerate(batch.headers):
            chosen = batch.mapping.get(str(index), "")
            self.fields[str(index)] = forms.ChoiceField(
                label=header,
                required=False,
                choices=choices,
                initial=chosen if chosen in allowed else "",
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        used: dict[str, str] = {}
        for index, name in list(data.items()):
            if name and name in used and name not in nouns.REPEATABLE:
                self.add_error(index, _("Another column is already used for this."))
            used.setdefault(name, index)
        missing = nouns.lacking(self.batch.noun, used)
        if missing:
            raise forms.ValidationError(
                _("Choose a column for %(what)s.") % {"what": ", ".join(missing)}
            )
        return data

    def mapping(self) -> dict[str, str]:
        return {index: name for index, name in self.cleaned_data.items() if name}

    def rows(self) -> list[dict[str, Any]]:
        """For the page: each column with its first values and its select."""
        shown = set(open_columns(self.batch, self.user))
        samples = list(
            self.batch.rows.order_by("number").values_list("raw", flat=True)[:20]
        )
        return [
            {
                "field": self[str(index)],
                "samples": [raw[index] for raw in samples if raw[index].strip()][:3]
                if index in shown
                else [],
            }
            for index in range(len(self.batch.headers))
        ]


def _grouped(offered: list[Any]) -> list[tuple[str, Any]]:
    """The fields as choices, attributes in groups of their own."""
    choices: list[tuple[str, Any]] = [("", _("– leave out –"))]
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in offered:
        label = str(field.label)
        entry = (field.name, label[:1].upper() + label[1:])
        if field.group:
            groups.setdefault(str(field.group), []).append(entry)
        else:
            choices.append(entry)
    return choices + list(groups.items())


class BasisForm(forms.Form):
    """On what basis people may be written to, and what may be replaced."""

    basis = forms.ChoiceField(
        label=gettext_lazy("On what basis may these people be written to?"),
        choices=Basis.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The law asks for a reason for every address. What you state here is kept"
            " as evidence. Whoever unsubscribed earlier stays unsubscribed."
        ),
    )
    topic = forms.ModelChoiceField(
        Topic.objects.filter(active=True),
        label=gettext_lazy("What did they agree to receive?"),
        required=False,
        empty_label=gettext_lazy("– choose a topic –"),
    )
    note = forms.CharField(
        label=gettext_lazy("Where is the evidence?"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "For example: membership forms of April 2025, folder in the office."
        ),
    )
    update = forms.BooleanField(
        label=gettext_lazy("Replace what our records say by what the sheet says"),
        required=False,
        help_text=gettext_lazy(
            "Without this only blanks are filled. Addresses and numbers are always"
            " added, never replaced."
        ),
    )
    lenient = forms.BooleanField(
        label=gettext_lazy("Use rows without the cells that cannot be read"),
        required=False,
        help_text=gettext_lazy("Without this such rows are left out as a whole."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if stated(data.get("basis", "")) and not data.get("topic"):
            self.add_error("topic", _("Choose what they agreed to receive."))
        if data.get("basis") == Basis.NONE:
            data["topic"] = None
        return data

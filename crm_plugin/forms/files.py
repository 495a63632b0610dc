"""A file in a form: checked by content, kept at once, claimed when the form is sent."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.intake import file_types, uploads
from crm_plugin.intake.models import Upload

KEPT, DROP = "_kept", "_drop"
MAPS_TO = "file"
DEFAULT_MB = 5
DEFAULT_KINDS = "any"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Carried:
    """The token of a file that was kept when another step or error was shown."""

    token: str


class KeptFileInput(forms.FileInput):
    """A file input that remembers what was chosen already, and lets go of it."""

    template_name = "crm_plugin/forms/widgets/file.html"
    # The kept file, set on the form that is shown.
    kept: Upload | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if files.get(name):
            return files.get(name)
        if data.get(name + DROP):
            return None
        carried = data.get(name + KEPT)
        return Carried(carried) if carried else None

    def carried(self, name: str) -> list[tuple[str, str]]:
        """What a hidden input has to say for another step of the form."""
        return [(name + KEPT, uploads.token(self.kept))] if self.kept else []

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        if self.kept is not None:
            context["kept"] = self.kept
            context["size"] = file_types.in_words(self.kept.size)
            context["token"] = uploads.token(self.kept)
            context["kept_name"], context["drop_name"] = name + KEPT, name + DROP
            context["widget"]["attrs"].pop("required", None)
        return context


class FileField(forms.Field):
    """One file; limits are said before it is chosen and checked when it came."""

    widget = KeptFileInput
    default_error_messages = {
        "required": gettext_lazy("Please choose a file."),
        "gone": gettext_lazy("Please choose the file once more."),
    }

    def __init__(self, *, kinds: str = "", max_mb: int | None = None, **kwargs: Any):
        kwargs.pop("initial", None)
        self.kinds = kinds if kinds in file_types.SETS else DEFAULT_KINDS
        self.most_bytes = (max_mb or DEFAULT_MB) * MEGABYTE
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(file_types.endings(self.kinds))
        limits = _("%(kinds)s, up to %(size)s") % {
            "kinds": file_types.SET_NAMES[self.kinds],
            "size": file_types.in_words(self.most_bytes),
        }
        self.help_text = f"{self.help_text} ({limits})" if self.help_text else limits

    def to_python(self, value: Any) -> Upload | UploadedFile | None:
        if isinstance(value, Carried):
            found = uploads.find(value.token)
            if found is None:
                raise ValidationError(self.error_messages["gone"], code="gone")
            kinds = file_types.SETS[self.kinds]
            if found.real_type not in kinds or found.size > self.most_bytes:
                raise ValidationError(self.error_messages["gone"], code="gone")
            return found
        if isinstance(value, UploadedFile):
            value.name = file_types.clean_name(value.name or "")
            try:
                value.real_type = file_types.check(
                    value, kinds=self.kinds, most_bytes=self.most_bytes
                )
            except file_types.NotAccepted as error:
                raise ValidationError(str(error), code="invalid") from error
            return value
        return value or None

    def words(self, value: Any) -> str:
        return f"{value.name} ({file_types.in_words(value.size)})"


def digest_of(value: Any) -> str:
    """What tells one file from another, in an answer."""
    return value.sha256 if isinstance(value, Upload) else uploads.digest(value)


def names_of(form: Any) -> list[str]:
    """The names of the form's file fields."""
    return [n for n, field in form.fields.items() if isinstance(field, FileField)]


def keep_all(form: Any, page_id: int | None) -> None:
    """Keep the files of a posted form that pass their checks, and show them on it.

    A flood of files that no form claims is not kept: then a file is chosen once more.
    """
    names = names_of(form)
    if not names:
        return
    form.is_valid()
    kept: dict[str, Upload] = {}
    for name in names:
        value = form.cleaned_data.get(name)
        if isinstance(value, UploadedFile) and uploads.may_keep():
            value = form.cleaned_data[name] = _keep(value, page_id)
        if isinstance(value, Upload):
            kept[name] = value
    form.kept = kept
    show_kept(form, kept)


def _keep(value: Any, page_id: int | None) -> Upload:
    return uploads.keep(value, real_type=value.real_type, page_id=page_id)


def show_kept(form: Any, kept: dict[str, Upload]) -> None:
    """Let *form* say which files it holds already."""
    for name, upload in kept.items():
        form.fields[name].widget.kept = upload


def claimed(form: Any, page_id: int | None) -> list[Upload]:
    """The files that go with the submission of a valid form."""
    values = [form.cleaned_data.get(name) for name in names_of(form)]
    return [
        value if isinstance(value, Upload) else _keep(value, page_id)
        for value in values
        if value is not None
    ]

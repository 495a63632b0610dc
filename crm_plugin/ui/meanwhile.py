"""Two people at one form: what somebody saved since it was opened is told, not lost.

The form carries a digest of every value that it was opened with. Where the record says
something else when the form comes back, nothing is saved: the page tells what it says
now, keeps what was typed, and carries new digests. Saving once more is a decision.
"""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from crm_plugin import journal

from .field_words import in_words, initial, rows_in_words, rows_label

SEEN = "seen"
DRAFT_FORM = "crm_plugin/ui/draft_form.html"
CHANGED = gettext_lazy("Somebody else saved this record while you were typing.")
Facts = list[tuple[str, str]]


def state(form: Any, **rows: Any) -> str:
    """Digests of what *form*, not yet filled in, and its *rows* say, by name.

    *rows* are formsets by name; those of a clusterable form are taken by themselves,
    and what it has as ``told_rows``.
    """
    return json.dumps(_digests(form, _formsets(form, rows)))


def since(said: str, form: Any, filled: Any = None, **rows: Any) -> Facts:
    """What the record says now in place of what a form was opened with.

    *said* is its ``state`` then, *form* and *rows* are made of the record as it is now.
    A field for which *filled* says the same as the record is nobody's loss.
    """
    then, formsets = _read(said), _formsets(form, rows)
    now = _digests(form, formsets)
    different = [name for name in now if name in then and then[name] != now[name]]
    return [
        (rows_label(formsets[name]), rows_in_words(formsets[name]))
        if name in formsets
        else (str(form[name].label), in_words(form, name))
        for name in different
        if name in formsets or filled is None or _differs(form, filled, name)
    ]


def against(form: Any, filled: Any) -> Facts:
    """What the record says wherever *filled* says something else."""
    shown = [name for name in form.fields if not form.fields[name].widget.is_hidden]
    return [
        (str(form[name].label), in_words(form, name))
        for name in shown
        if _differs(form, filled, name)
    ]


def seen(request: HttpRequest) -> str:
    """The digests that the form was opened with, as it sends them back."""
    return request.POST.get(SEEN, "")


def carried(
    request: HttpRequest, opened: Callable[[], Any], theirs: Facts | None = None
) -> dict[str, Any]:
    """What the page of a form needs: digests to send back, and what is to be told.

    Where something is told, the digests are those of now: saving again is a decision.
    """
    sent = "" if theirs else seen(request)
    return {"seen": sent or state(opened()), "theirs": theirs or []}


def _formsets(form: Any, rows: dict[str, Any]) -> dict[str, Any]:
    own = getattr(form, "told_rows", {})
    return {**getattr(form, "formsets", {}), **own, **rows}


def _digests(form: Any, formsets: dict[str, Any]) -> dict[str, str]:
    said = {
        name: _plain(initial(form, name))
        for name, field in form.fields.items()
        if not field.disabled and not field.widget.is_hidden
    }
    said |= {
        name: [_plain(row.initial) for row in formset.initial_forms]
        for name, formset in formsets.items()
    }
    return {name: _digest(value) for name, value in said.items()}


def _digest(value: Any) -> str:
    said = None if value in ("", [], {}) else value
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(said: str) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    """*value* as JSON can hold it, without the random ids of blocks."""
    if hasattr(value, "get_prep_value"):
        return _plain(value.get_prep_value())
    if isinstance(value, dict):
        left = {"id"} if "type" in value else set()
        return {key: _plain(one) for key, one in value.items() if key not in left}
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set) or hasattr(value, "iterator"):
        return [_plain(one) for one in value]
    return journal.plain(value)


def _differs(form: Any, filled: Any, name: str) -> bool:
    if name not in filled.fields:
        return True
    now = initial(form, name)
    return filled.fields[name].has_changed(now, filled[name].data)


class MeanwhileMixin:
    """For Wagtail's generic edit views."""

    theirs: Facts = []

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who saves second waits until the first has saved, and is then told."""
        with transaction.atomic():
            self.wait()
            # Wagtail's views read the record before they are asked to save it.
            self.object = self.get_object()  # type: ignore[attr-defined]
            return super().post(request, *args, **kwargs)  # type: ignore[misc]

    def wait(self) -> None:
        """Until nobody else saves this record."""
        rows = self.model._default_manager.select_for_update()  # type: ignore[attr-defined]
        rows.filter(pk=self.object_pk).first()  # type: ignore[attr-defined]

    def is_valid(self, form: Any) -> bool:
        if not super().is_valid(form):  # type: ignore[misc]
            return False
        said = seen(self.request)  # type: ignore[attr-defined]
        if said and not self.is_mine():
            self.theirs = since(said, self.opened_now, form)
        if self.theirs:
            self.produced_error_code = "invalid_revision"
            self.produced_error_message = str(CHANGED)
        return not self.theirs

    def is_mine(self) -> bool:
        """Whether what is on record is what this very page has saved by itself."""
        return False

    def on_record(self) -> Model:
        rows = self.model._default_manager  # type: ignore[attr-defined]
        return rows.get(pk=self.object_pk)  # type: ignore[attr-defined]

    @cached_property
    def opened_now(self) -> Any:
        """The form as it would be if it were opened now."""
        kwargs = self.get_form_kwargs()  # type: ignore[attr-defined]
        left = {"data", "files", "instance"}
        plain = {name: value for name, value in kwargs.items() if name not in left}
        return self.get_form_class()(instance=self.on_record(), **plain)  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        opened = partial(self.opened, context["form"])
        return context | carried(self.request, opened, self.theirs)  # type: ignore[attr-defined]

    def opened(self, form: Any) -> Any:
        """*form* itself where it shows what is on record."""
        return self.opened_now if form.is_bound else form


class DraftMeanwhileMixin(MeanwhileMixin):
    """For snippets, whose pages may save by themselves while somebody types.

    The view set says ``edit_template_name = DRAFT_FORM``.
    """

    def is_mine(self) -> bool:
        """A page that saves by itself may send its last words before it hears of that.

        So what the same person saved last is nobody else's; Wagtail tells of a second
        window by itself.
        """
        latest = super().on_record().latest_revision  # type: ignore[attr-defined]
        if latest is None:
            return False
        own = self.request.POST.get("overwrite_revision_id")  # type: ignore[attr-defined]
        return own == str(latest.pk) or latest.user_id == self.request.user.pk  # type: ignore[attr-defined]

    def on_record(self) -> Model:
        """Read anew: without a version, the view's own object holds what was typed."""
        return super().on_record().get_latest_revision_as_object()  # type: ignore[attr-defined]

    def opened(self, form: Any) -> Any:
        """The page of an older version shows that one, which is not on record."""
        edits = self.view_name == "edit"  # type: ignore[attr-defined]
        return super().opened(form) if edits else self.opened_now

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.theirs:
            # The decision is the person's: nothing is saved by itself before it.
            context |= {"autosave_enabled": False, "autosave_indicator": None}
        return context

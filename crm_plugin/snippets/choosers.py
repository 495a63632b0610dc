"""Screens that show only what the user may see, where Wagtail's own show all.

Wagtail's snippet choosers ask for no right: whoever may enter the admin could list and
read the names of everything in them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_list_or_404
from django.utils.functional import classproperty
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
    SnippetCreateView,
)

from crm_plugin import normalise


def visible(rows: QuerySet, user: Any) -> QuerySet:
    """The rows that *user* may see; a model without secrets shows all of them."""
    narrow = getattr(rows, "visible_to", None)
    return narrow(user) if narrow else rows


def only_visible(model: type[Model], view: Callable) -> Callable:
    """A row that the user may not know of is not there (404), on every screen."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk = kwargs.get("pk")
        if pk is not None:
            rows = visible(model._default_manager.all(), request.user)
            if not rows.filter(pk=normalise.whole(pk)).exists():
                raise Http404
        return view(request, *args, **kwargs)

    return guarded


def only_viewers(model: type[Model], view: Callable) -> Callable:
    """Refuse whoever lacks the right to view the model."""
    right = f"{model._meta.app_label}.view_{model._meta.model_name}"

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def untold(finder: type) -> type:
    """Where Wagtail lists what uses something, it names what it finds an address for: of
    a record that tells something sensitive that is for those who may know it."""

    class Untold(finder):  # type: ignore[misc, valid-type]
        def get_edit_url(self, instance: Any) -> str | None:
            hidden = instance.reads_sensitive and self.user is not None
            if hidden and not self.user.has_perm("crm_plugin.view_sensitive"):
                return None
            return super().get_edit_url(instance)

    return Untold


class _Listed:
    def get_object_list(self) -> QuerySet:
        return visible(super().get_object_list(), self.request.user)  # type: ignore[misc]


class VisibleChooseView(_Listed, ChooseView):
    pass


class VisibleChooseResultsView(_Listed, ChooseResultsView):
    pass


class VisibleChosenMultipleView(SnippetChosenMultipleView):
    def get_objects(self, pks: list[Any]) -> QuerySet:
        ids = [normalise.whole(pk) for pk in pks]
        return visible(super().get_objects(ids), self.request.user)


class NothingToFillInView(SnippetCreateView):
    """The choosers offer no form of their own: a posted one is of nobody's making."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.get_creation_form() is None:
            return HttpResponseNotAllowed(["GET"])
        return super().post(request)


class VisibleChooserViewSet(SnippetChooserViewSet):
    """A chooser for those with the view right; hidden rows are neither listed nor told."""

    choose_view_class = VisibleChooseView
    choose_results_view_class = VisibleChooseResultsView
    chosen_view_class = SnippetChosenView
    chosen_multiple_view_class = VisibleChosenMultipleView
    create_view_class = NothingToFillInView

    def construct_view(self, view_class: type, **kwargs: Any) -> Callable:
        view = super().construct_view(view_class, **kwargs)
        return only_viewers(self.model, only_visible(self.model, view))


class DeleteVisible(DeleteBulkAction):
    """Deleting several at once: what the user may not see is not there either."""

    def get_queryset(self, model: type[Model], object_ids: Any) -> list[Model]:
        right = f"{model._meta.app_label}.view_{model._meta.model_name}"
        if not self.request.user.has_perm(right):
            raise Http404
        ids = [normalise.whole(pk) for pk in object_ids]
        rows = visible(model._default_manager.filter(pk__in=ids), self.request.user)
        return get_list_or_404(rows)

    @classproperty
    def models(cls) -> list[type[Model]]:
        return [m for m in super().models if m._meta.app_label == "crm_plugin"]

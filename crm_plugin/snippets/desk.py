"""What the screens of daily work share: rights first, then a page or one act."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import search


def allowed(user: Any, *codenames: str) -> bool:
    """Whether *user* has any of these rights in the CRM."""
    return any(user.has_perm(f"crm_plugin.{codename}") for codename in codenames)


def sees_firms(user: Any) -> bool:
    """Whether organisations are shown: nowhere at all for consumers only."""
    return allowed(user, "view_organisation") and not CrmSettings.load().consumers_only


def day_input(**attrs: str) -> forms.DateInput:
    """The browser's own picker: on a telephone there is none better."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})


EARLIEST = dt.date(1900, 1, 1)
YEARS_AHEAD = 30


def plausible_day(day: dt.date | None) -> dt.date | None:
    """*day*, unless it is a slip of the keyboard: the year 225 or 20255."""
    latest = timezone.localdate().year + YEARS_AHEAD
    if day and (day < EARLIEST or day.year > latest):
        raise forms.ValidationError(_("Please check the year."))
    return day


def moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}
    )


class MomentColumn(Column):
    """Day and time of the site; a moment to come is not “0 minutes ago”."""

    def get_value(self, instance: Any) -> str:
        moment = super().get_value(instance)
        if moment is None:
            return ""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        return formats.date_format(local, "SHORT_DATETIME_FORMAT")


class DeskMenuItem(MenuItem):
    """Shown to those who hold one of ``needs``."""

    needs: tuple[str, ...] = ()

    def is_shown(self, request: HttpRequest) -> bool:
        return allowed(request.user, *self.needs)


class AccessMixin:
    """Refuse everybody who holds none of the rights in ``needs``."""

    needs: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not allowed(request.user, *self.needs):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class DeskView(AccessMixin, WagtailAdminTemplateMixin, View):
    """A page of daily work; its times are the site's, wherever the reader is."""

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": str(self.get_page_title())}
        return [*self.breadcrumbs_items, *self.get_parents(), here]

    def get_parents(self) -> list[dict[str, str]]:
        return []

    def show(self, **context: Any) -> HttpResponse:
        response = self.render_to_response(self.get_context_data(**context))
        with timezone.override(timezone.get_default_timezone()):
            return response.render()


class PeopleSearchMixin:
    """A list that is searched by its own fields and by whom it is about."""

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        wanted = search.about(self.search_query, user=self.request.user)
        for field in self.search_fields:
            wanted |= Q(**{f"{field}__icontains": self.search_query})
        return queryset.filter(wanted)


class ObjectMixin:
    """The one record of the URL; whoever may not see it gets 404."""

    model: Any = None

    @cached_property
    def object(self) -> Any:
        rows = self.model.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])


class ActView(AccessMixin, ObjectMixin, View):
    """One act on one record, by POST only; then back to where the person was."""

    http_method_names = ["post"]
    back = ""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.act(self.object)
        return redirect(get_valid_next_url_from_request(request) or reverse(self.back))

    def act(self, row: Any) -> None:
        raise NotImplementedError

"""Members' pages: which they are, who may see them, and the screen to say so."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import Button
from wagtail.models import Page, PageViewRestriction

from crm_plugin.personalisation import members
from crm_plugin.personalisation.blocks import SegmentsField
from crm_plugin.personalisation.members_pages import MembersPageMixin
from crm_plugin.personalisation.models import MembersOnly, MemberView
from crm_plugin.segments.models import Segment

from . import members_changes
from .ledger_members import MemberViewLedger
from .members_people import people_urls

DAYS = 30
RIGHT = "crm_plugin.view_segment"


class MembersForm(forms.Form):
    """For whom a page is, and for whom it is not whatever else they are."""

    def __init__(self, *args: Any, offered: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segments"] = SegmentsField(
            queryset=offered,
            label=_("Only for members of"),
            error_messages={"required": _("Choose at least one segment.")},
        )
        self.fields["excluded"] = SegmentsField(
            queryset=offered,
            label=_("but not for members of"),
            help_text=_("Exclusion wins, for example over rivals who subscribed."),
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if set(data.get("segments", ())) & set(data.get("excluded", ())):
            text = _("A segment cannot be let in and excluded at once.")
            self.add_error("excluded", text)
        return data


class Screen(WagtailAdminTemplateMixin, View):
    """For those who may see segments."""

    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]


class ListView(Screen):
    """Every members' page with its segments, and how often it was seen."""

    template_name = "crm_plugin/members/index.html"
    page_title = gettext_lazy("Members' pages")

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = (
            MembersOnly.objects.select_related("restriction__page")
            .prefetch_related("segments", "excluded")
            .order_by("restriction__page__path")
        )
        rules = [rule for rule in rows if rule.in_force]
        seen = views_below([rule.restriction.page for rule in rules])
        whom = people_urls(rules, request.user)
        may_look = request.user.has_perm("crm_plugin.view_memberview")
        return self.render_to_response(
            self.get_context_data(
                rules=[
                    (
                        rule,
                        rule.restriction.page,
                        seen[rule.restriction.page_id],
                        whom.get(rule.pk, ""),
                    )
                    for rule in rules
                ],
                days=DAYS,
                ledger=MemberViewLedger().url_helper.index_url if may_look else "",
            )
        )


def views_below(pages: list[Page]) -> dict[int, int]:
    """How often each page, with those below it, was seen lately; two queries."""
    since = timezone.now() - dt.timedelta(days=DAYS)
    rows = MemberView.objects.filter(at__gte=since).order_by().values_list("page_id")
    counted = dict(rows.annotate(Count("pk")))
    paths = dict(Page.objects.filter(pk__in=counted).values_list("pk", "path"))
    return {
        page.pk: sum(
            number
            for pk, number in counted.items()
            if paths.get(pk, "").startswith(page.path)
        )
        for page in pages
    }


class EditView(Screen):
    """For whom one page is; it takes effect at once, also for everything below."""

    template_name = "crm_plugin/members/edit.html"

    def get_page_title(self) -> str:
        return _("Only for members of …")

    def get_page_subtitle(self) -> str:
        return self.page.get_admin_display_title()

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        above = {"url": reverse("crm_members:index"), "label": _("Members' pages")}
        here = {
            "url": "",
            "label": self.get_page_title(),
            "sublabel": self.get_page_subtitle(),
        }
        return [*self.breadcrumbs_items, above, here]

    @cached_property
    def page(self) -> Page:
        """The page, for those who may set its privacy; for others it is not there."""
        page = get_object_or_404(Page, pk=self.kwargs["page_id"]).specific_deferred
        allowed = page.permissions_for_user(self.request.user)
        if page.is_root() or not allowed.can_set_view_restrictions():
            raise Http404
        return page

    @cached_property
    def rule(self) -> MembersOnly | None:
        return members.rule_on(self.page)

    @cached_property
    def offered(self) -> QuerySet:
        return Segment.objects.visible_to(self.request.user).of_people()

    def form(self, data: Any = None) -> MembersForm:
        initial = {}
        if self.rule:
            initial = {
                "segments": self.rule.segments.all(),
                "excluded": self.rule.excluded.all(),
            }
        return MembersForm(data, initial=initial, offered=self.offered)

    def get(self, request: HttpRequest, page_id: int) -> HttpResponse:
        return self.show(self.form())

    def post(self, request: HttpRequest, page_id: int) -> HttpResponse:
        if "open" in request.POST:
            members.open_again(self.page, by=request.user)
            messages.success(request, _("Everybody sees this page again."))
            return redirect("wagtailadmin_pages:edit", self.page.pk)
        form = self.form(request.POST)
        if self.hindrance() or not form.is_valid():
            return self.show(form)
        hidden = self._hidden_segments()
        members.protect(
            self.page,
            segments=[*form.cleaned_data["segments"], *hidden["segments"]],
            excluded=[*form.cleaned_data["excluded"], *hidden["excluded"]],
            by=request.user,
        )
        messages.success(
            request,
            _("From now on only they see this page, and all pages below it."),
        )
        return redirect("crm_members:index")

    def _hidden_segments(self) -> dict[str, list[Segment]]:
        """What somebody with more rights chose stays."""
        seen = set(self.offered.values_list("pk", flat=True))
        return {
            name: [
                segment
                for segment in (getattr(self.rule, name).all() if self.rule else ())
                if segment.pk not in seen
            ]
            for name in ("segments", "excluded")
        }

    def hindrance(self) -> str:
        """Why this page cannot be one, or ""."""
        if not isinstance(self.page.specific, MembersPageMixin):
            return _(
                "Pages of this type cannot be members' pages. Whoever develops the site"
                " can change that (MembersPageMixin)."
            )
        other = PageViewRestriction.objects.filter(page=self.page)
        if self.rule is None and other.exists():
            return members.AlreadyRestricted().message
        return ""

    def show(self, form: MembersForm) -> HttpResponse:
        context = self.get_context_data(
            form=form,
            page=self.page,
            rule=self.rule,
            hindrance=self.hindrance(),
            closed=closed_types_below(self.page),
            told=members_changes.told(self.page, self.request),
        )
        return self.render_to_response(context)


def closed_types_below(page: Page) -> list[str]:
    """Types of pages below that would be closed to all, members too; one query."""
    below = page.get_descendants().order_by()
    found = below.values_list(
        "content_type__app_label", "content_type__model"
    ).distinct()
    return sorted(
        str(model._meta.verbose_name)
        for model in itertools.starmap(apps.get_model, found)
        if not issubclass(model, MembersPageMixin)
    )


class MembersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT)


class MembersViewSet(ViewSet):
    name = "crm_members"
    url_prefix = "crm/members"
    icon = "group"
    menu_label = gettext_lazy("Members' pages")
    menu_order = 330
    menu_hook = "register_crm_menu_item"
    menu_item_class = MembersMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", ListView.as_view(), name="index"),
            path("<int:page_id>/", EditView.as_view(), name="edit"),
        ]


def members_button(
    page: Page, user: Any, view_name: str = "", next_url: str | None = None
) -> Iterator[Button]:
    """In the header of a page's editor: say that it is for members only."""
    if page.is_root() or not isinstance(page, MembersPageMixin):
        return
    allowed = page.permissions_for_user(user).can_set_view_restrictions()
    if allowed and user.has_perm(RIGHT):
        yield Button(
            _("Only for members of …"),
            reverse("crm_members:edit", args=[page.pk]),
            icon_name="group",
            priority=55,
        )

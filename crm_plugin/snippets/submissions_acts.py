"""What staff do with submissions that wait: let in, call spam, one or all of a list."""

from collections import Counter
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.conf import setting
from crm_plugin.intake import attempts, quarantine, submissions
from crm_plugin.intake import conditions as senders
from crm_plugin.intake.models import Submission

from .ranges import Moments
from .submissions_words import reason_words, sender

State = Submission.State
SAMPLE = 10


class SubmissionFilterSet(WagtailFilterSet):
    received_at = Moments(label=gettext_lazy("Received"))
    page_id = django_filters.NumberFilter(
        label=gettext_lazy("Form"),
        widget=forms.Select(choices=lambda: [("", _("All")), *senders.forms()]),
    )
    state = django_filters.MultipleChoiceFilter(
        choices=State.choices,
        label=gettext_lazy("State"),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Submission
        fields = ["state", "kind", "received_at", "page_id"]


class Acting(PermissionCheckedMixin):
    """For those who may see submissions, and change what becomes of them."""

    model = Submission

    def rows(self) -> QuerySet:
        rows = Submission.objects.visible_to(self.request.user)
        return rows.select_related("contact")

    def one(self, pk: int) -> Submission:
        row = get_object_or_404(self.rows(), pk=pk)
        self.refuse_lookers()
        return row

    def refuse_lookers(self) -> None:
        if not self.request.user.has_perm("crm_plugin.change_submission"):
            raise PermissionDenied


def page_of(row: Submission) -> HttpResponse:
    return redirect(reverse("crm_submission:inspect", args=[row.pk]))


class ReleaseView(Acting, View):
    """One click: run the whole capture for a submission that waits."""

    http_method_names = ["post"]
    as_inquiry = False

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.one(pk)
        if not submissions.release(row, as_inquiry=self.as_inquiry):
            messages.warning(request, _("Somebody released it meanwhile."))
            return page_of(row)
        try:
            row = attempts.attempt(row)
        except (SlotTaken, NotBookable):
            messages.error(
                request,
                _("The time is no longer free. Please call, and take it in without."),
            )
            return page_of(row)
        if row.state == State.PROCESSED:
            messages.success(request, _("Taken in: %(who)s.") % {"who": sender(row)})
        else:
            messages.error(request, _("It did not work; it will be tried again."))
        return page_of(row)


class SpamView(Acting, View):
    """One click: this one is spam. It can be let in until it is deleted."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.one(pk)
        if quarantine.call_spam(Submission.objects.filter(pk=row.pk)):
            messages.success(request, spam_said(1))
        else:
            messages.warning(request, _("It waits no more: somebody was quicker."))
        return redirect(f"{reverse('crm_submission:index')}?state={State.HELD}")


def spam_said(number: int) -> str:
    days = setting("CRM_SPAM_DAYS")
    words = ngettext(
        "%(number)d post is called spam. It is deleted after %(days)d days; until then"
        " you find it under “spam” and can let it in.",
        "%(number)d posts are called spam. They are deleted after %(days)d days; until"
        " then you find them under “spam” and can let them in.",
        number,
    )
    return words % {"number": number, "days": days}


class AllView(Acting, WagtailAdminTemplateMixin, View):
    """All that the list shows and that is held: how many, who, why; a button does it."""

    template_name = "crm_plugin/intake/all.html"
    header_icon = "form"
    permission_required = "change"
    spam = False

    def get_page_title(self) -> str:
        return _("All of these are spam") if self.spam else _("Let all of these in")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        here = {"url": "", "label": self.get_page_title()}
        above = {"url": self.list_url, "label": _("Submissions")}
        return [*self.breadcrumbs_items, above, here]

    @cached_property
    def list_url(self) -> str:
        return f"{reverse('crm_submission:index')}?{self.request.GET.urlencode()}"

    @cached_property
    def chosen(self) -> QuerySet:
        """What the list's own filters leave, as far as it is held (or called spam)."""
        asked = SubmissionFilterSet(
            self.request.GET, queryset=self.rows(), request=self.request
        )
        if not asked.form.is_valid():
            return self.rows().none()
        states = [State.HELD] if self.spam else [State.HELD, State.SPAM]
        return asked.qs.filter(state__in=states).order_by("-received_at", "-id")

    def get(self, request: HttpRequest) -> HttpResponse:
        self.refuse_lookers()
        by_reason = self.chosen.order_by().values_list("spam_reason")
        counted = Counter(dict(by_reason.annotate(Count("pk"))))
        return self.render_to_response(
            self.get_context_data(
                count=sum(counted.values()),
                reasons=[(reason_words(code), n) for code, n in counted.most_common()],
                sample=[(row, sender(row)) for row in self.chosen[:SAMPLE]],
                spam=self.spam,
                back=self.list_url,
            )
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        self.refuse_lookers()
        rows = Submission.objects.filter(pk__in=self.chosen.order_by().values("pk"))
        if self.spam:
            messages.success(request, spam_said(quarantine.call_spam(rows)))
        else:
            number = quarantine.release(rows)
            words = ngettext(
                "%(number)d post is let in; it is taken in within minutes.",
                "%(number)d posts are let in; they are taken in within minutes.",
                number,
            )
            messages.success(request, words % {"number": number})
        return redirect(self.list_url)

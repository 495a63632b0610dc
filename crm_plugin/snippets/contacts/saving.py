"""One click from the filters of the list to a segment of exactly them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin

from crm_plugin import rules
from crm_plugin.contacts.models import Contact
from crm_plugin.segments.models import Segment

from .choosing import Choice


class SaveSegmentView(PermissionCheckedMixin, View):
    """A draft by POST; it gets members once somebody publishes it."""

    http_method_names = ["post"]
    model = Contact
    any_permission_required = ["view"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("crm_plugin.add_segment"):
            raise PermissionDenied
        choice = Choice.of(request)
        with rules.remembering():
            problems = choice.problems or rules.problems(choice.tree, request.user)
            sentence = choice.sentence
        if problems:
            messages.error(request, " ".join(problems))
            return redirect(f"{reverse('crm_contact:index')}?{choice.asked}")
        segment = draft(choice.rule, sentence, by=request.user)
        messages.success(
            request,
            _("The filters are a segment now. Give it a name and publish it."),
        )
        return redirect(reverse("crm_segment:edit", args=[segment.pk]))


def draft(rule: list[dict[str, Any]], sentence: str, *, by: Any) -> Segment:
    """A segment that nobody uses yet, named by what it says."""
    length = Segment._meta.get_field("name").max_length
    name = Truncator(sentence).chars(length)
    segment = Segment(name=name, rule=rule, live=False)
    segment.save()
    segment.save_revision(user=by, log_action="wagtail.create")
    return segment

"""A planned step is changed: what, when, by whom, by what, in which phase."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import FollowUp
from crm_plugin.ui import meanwhile

from .desk import DeskView, ObjectMixin
from .follow_ups_forms import ChangeForm


class ChangeView(ObjectMixin, DeskView):
    """Who saves second is told what the first has saved, and loses nothing."""

    model = FollowUp
    needs = ("change_followup",)
    page_title = gettext_lazy("Edit a next step")
    header_icon = "calendar-check"
    template_name = "crm_plugin/touchpoints/step_edit.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_today:list"), "label": _("Follow-ups")}]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.opened())

    def opened(self, data: Any = None) -> ChangeForm:
        """The form as it would be if it were opened now."""
        return ChangeForm(data, step=FollowUp.objects.get(pk=self.object.pk))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            rows = FollowUp.objects.select_for_update()
            rows.filter(pk=self.object.pk).first()
            return self.save(self.opened(request.POST))

    def save(self, form: ChangeForm) -> HttpResponse:
        if not form.is_valid():
            return self.page(form)
        theirs = meanwhile.since(meanwhile.seen(self.request), self.opened(), form)
        if theirs:
            return self.page(form, theirs)
        if not follow_ups.change(self.object, form.cleaned_data, by=self.request.user):
            form.add_error(None, _("Somebody has ticked this off already."))
            return self.page(form)
        messages.success(self.request, _("Saved."))
        return redirect(self.back())

    def back(self) -> str:
        asked = get_valid_next_url_from_request(self.request)
        return asked or self.object.contact.get_admin_url()

    def page(
        self, form: ChangeForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        return self.show(
            form=form,
            step=self.object,
            planned=follow_ups.planned(self.object),
            next=self.back(),
            media=form.media,
            **meanwhile.carried(self.request, self.opened, theirs),
        )

"""Quick notes: a call, a visit, a mail, a talk, a complaint, with the next step."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import notes, tagging
from crm_plugin.touchpoints.happened import Happened
from crm_plugin.touchpoints.models import Channel, Phase

from .desk import DeskView, day_input, moment_input
from .inquiries_forms import new_key
from .notes_correct import MoveView, TakeBackView, UndoView


class NoteForm(forms.Form):
    """The record page shows this form; it posts to ``crm_touchpoint:add``."""

    happened = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=Happened.choices,
        initial=Happened.CALL_IN,
    )
    channel = forms.ChoiceField(
        label=pgettext_lazy("channel", "By"),
        choices=[("", gettext_lazy("the usual way")), *Channel.choices],
        required=False,
    )
    summary = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("What was said, and the result"),
        help_text=gettext_lazy(
            "What stands in quotation marks is shown as the person's own words."
        ),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    phase = forms.ChoiceField(
        label=gettext_lazy("Phase"), choices=[("", "–"), *Phase.choices], required=False
    )
    at = forms.DateTimeField(
        label=gettext_lazy("When, if not just now"),
        required=False,
        widget=moment_input(),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=tagging.LONGEST,
        help_text=gettext_lazy("Words to find it by, with commas between them."),
    )
    owed = forms.BooleanField(
        label=gettext_lazy("They are owed an answer"),
        required=False,
        help_text=gettext_lazy(
            "It then stands among the inquiries until it is closed."
        ),
    )
    next_what = forms.CharField(
        label=gettext_lazy("Next step"), max_length=200, required=False
    )
    next_on = forms.DateField(
        label=gettext_lazy("On"), required=False, widget=day_input()
    )
    next_phase = forms.ChoiceField(
        label=gettext_lazy("Phase of the next step"),
        choices=[("", gettext_lazy("the same as above")), *Phase.choices],
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": new_key(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean_tags(self) -> str:
        return tagging.clean(self.cleaned_data["tags"])

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at and at > timezone.now():
            raise forms.ValidationError(_("That is still to come: plan a next step."))
        return at

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if bool(said.get("next_what")) != bool(said.get("next_on")):
            missing = "next_on" if said.get("next_what") else "next_what"
            if missing not in self.errors:
                text = _("A next step needs both what to do and a day.")
                self.add_error(missing, text)
        return said


class AddView(DeskView):
    needs = ("add_touchpoint",)
    page_title = gettext_lazy("Write down")
    header_icon = "comment"
    template_name = "crm_plugin/touchpoints/note.html"

    @cached_property
    def contact(self) -> Contact:
        rows = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(rows.known_as(self.kwargs["contact"]))

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        initial = {}
        if request.GET.get("happened") in Happened.values:
            initial["happened"] = request.GET["happened"]
        return self.page(NoteForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        touchpoint = notes.write_down(
            self.contact, **form.cleaned_data, by=request.user
        )
        messages.success(request, _("Written down."))
        if hasattr(touchpoint, "inquiry"):
            return redirect(touchpoint.inquiry.get_admin_url())
        back = get_valid_next_url_from_request(request)
        return redirect(back or self.contact.get_admin_url())

    def page(self, form: NoteForm) -> HttpResponse:
        back = get_valid_next_url_from_request(self.request)
        return self.show(form=form, contact=self.contact, next=back)


class TouchpointViewSet(ViewSet):
    name = "crm_touchpoint"
    url_prefix = "crm/touchpoints"

    def get_urlpatterns(self) -> list:
        return [
            path("add/<int:contact>/", AddView.as_view(), name="add"),
            path("<int:pk>/move/", MoveView.as_view(), name="move"),
            path("<int:pk>/take-back/", TakeBackView.as_view(), name="take_back"),
            path("undo/<int:pk>/", UndoView.as_view(), name="undo"),
        ]

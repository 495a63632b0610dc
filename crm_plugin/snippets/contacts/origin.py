"""Where they came from, and who sent them: corrected by staff, with history."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import journal
from crm_plugin.contacts import origins
from crm_plugin.contacts.models import Contact, FirstTouch, HeardFrom
from crm_plugin.snippets import finder
from crm_plugin.snippets.desk import DeskView
from crm_plugin.touchpoints.sources import channel_words

from .card import SOURCES
from .one import OneContactMixin


class OriginForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    source = forms.CharField(
        label=gettext_lazy("Which one (utm_source)"), required=False, max_length=120
    )
    medium = forms.CharField(
        label=gettext_lazy("By what (utm_medium)"), required=False, max_length=120
    )
    campaign = forms.CharField(
        label=gettext_lazy("Campaign (utm_campaign)"), required=False, max_length=120
    )
    heard_from = forms.ChoiceField(
        label=gettext_lazy("Heard of us from"),
        choices=[("", "–"), *HeardFrom.choices],
        required=False,
    )
    heard_from_note = forms.CharField(
        label=gettext_lazy("In their words"), required=False, max_length=200
    )
    look_for = forms.CharField(
        label=gettext_lazy("Introduced by: name, kana, phone or e-mail"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"data-crm-finder-target": "input", "autocomplete": "off"}
        ),
    )
    person = forms.CharField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, known: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *SOURCES]
        if known and known not in dict(choices):
            choices.append((known, channel_words(known)))
        self.fields["channel"].choices = choices

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        rest = any(said.get(name) for name in ("source", "medium", "campaign"))
        if rest and not said.get("channel") and "channel" not in self.errors:
            self.add_error("channel", _("Please choose the source, too."))
        return said


class OriginView(OneContactMixin, DeskView):
    needs = ("change_contact",)
    page_title = gettext_lazy("How they came to us")
    header_icon = "pick"
    template_name = "crm_plugin/contacts/origin.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        contact = self.contact
        touch = FirstTouch.objects.filter(pk=contact.pk).first()
        initial = {name: getattr(touch, name, "") for name in origins.TOUCH}
        initial |= {name: getattr(contact, name) for name in origins.HEARD}
        initial |= {"person": contact.introduced_by_id, "version": contact.version}
        return self.page(OriginForm(initial=initial, known=initial["channel"]))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        touch = FirstTouch.objects.filter(pk=self.contact.pk).first()
        known = touch.channel if touch else ""
        if request.POST.get("do") == "look":
            return self.page(OriginForm(initial=request.POST.dict(), known=known))
        form = OriginForm(request.POST, known=known)
        if not form.is_valid():
            return self.page(form)
        try:
            operation = self.save(form)
        except origins.Circle:
            text = _("Nobody is introduced by themselves or by whom they introduced.")
            form.add_error("look_for", text)
            return self.page(form)
        except journal.Stale as stale:
            form.add_error(None, str(stale.message))
            form.data = {**form.data.dict(), "version": self.newest_version()}
            return self.page(form)
        text = _("Saved.") if operation else _("Nothing had changed.")
        messages.success(request, text)
        return redirect(self.contact.get_admin_url())

    def save(self, form: OriginForm) -> journal.Operation | None:
        said = form.cleaned_data
        return origins.correct(
            self.contact,
            touch={name: said[name] for name in origins.TOUCH},
            heard={
                "heard_from": said["heard_from"],
                "heard_from_note": said["heard_from_note"],
                "introduced_by": self.introducer(form),
            },
            version=said["version"],
            by=self.request.user,
        )

    def introducer(self, form: OriginForm) -> Contact | None:
        user = self.request.user
        return finder.visible_one(Contact, form["person"].value(), user)

    def newest_version(self) -> int:
        return Contact.objects.values_list("version", flat=True).get(pk=self.contact.pk)

    def page(self, form: OriginForm) -> HttpResponse:
        chosen = self.introducer(form)
        return self.show(
            form=form,
            contact=self.contact,
            chosen=str(chosen.pk) if chosen else "",
            people=finder.people(
                str(form["look_for"].value() or ""),
                user=self.request.user,
                chosen=chosen,
            ),
            media=form.media,
        )

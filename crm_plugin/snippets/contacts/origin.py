"""Where they came from, and who sent them: corrected by staff, with history."""

from typing import Any
from urllib.parse import urlsplit

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
from crm_plugin.ui import meanwhile

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
    referrer = forms.CharField(
        label=gettext_lazy("The page that led here (referrer)"),
        required=False,
        max_length=FirstTouch._meta.get_field("referrer").max_length,
        widget=forms.TextInput(attrs={"inputmode": "url"}),
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

    def __init__(self, *args: Any, user: Any, known: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        choices = [("", "–"), *SOURCES]
        if known and known not in dict(choices):
            choices.append((known, channel_words(known)))
        self.fields["channel"].choices = choices

    def in_words(self, name: str, value: Any) -> str:
        """Who introduced them by the name; the rest is told as it stands."""
        return finder.told_one(Contact, value, self.user) if name == "person" else ""

    def clean_referrer(self) -> str:
        """An address as a form keeps it: without what it asks for."""
        typed = self.cleaned_data["referrer"]
        if not typed:
            return ""
        try:
            parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise forms.ValidationError(_("Please give the address of a web page."))
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        rest = any(said.get(name) for name in origins.TOUCH[1:])
        if rest and not said.get("channel") and "channel" not in self.errors:
            self.add_error("channel", _("Please choose the source, too."))
        return said


class OriginView(OneContactMixin, DeskView):
    needs = ("change_contact",)
    page_title = gettext_lazy("How they came to us")
    header_icon = "pick"
    template_name = "crm_plugin/contacts/origin.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.opened())

    def opened(self) -> OriginForm:
        contact = Contact.objects.get(pk=self.contact.pk)
        touch = FirstTouch.objects.filter(pk=contact.pk).first()
        initial = {name: getattr(touch, name, "") for name in origins.TOUCH}
        initial |= {name: getattr(contact, name) for name in origins.HEARD}
        initial |= {"person": contact.introduced_by_id, "version": contact.version}
        return self.form_of(initial=initial, known=initial["channel"])

    def form_of(self, *args: Any, **kwargs: Any) -> OriginForm:
        return OriginForm(*args, user=self.request.user, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        touch = FirstTouch.objects.filter(pk=self.contact.pk).first()
        known = touch.channel if touch else ""
        if request.POST.get("do") == "look":
            return self.page(self.form_of(initial=request.POST.dict(), known=known))
        form = self.form_of(request.POST, known=known)
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
            said, now = meanwhile.seen(request), self.opened()
            form.data = {**form.data.dict(), "version": now["version"].value()}
            return self.page(form, meanwhile.since(said, now, form))
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

    def page(
        self, form: OriginForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
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
            **meanwhile.carried(self.request, self.opened, theirs),
        )

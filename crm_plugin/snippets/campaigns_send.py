"""The send screen: look at it, send yourself a test, see who gets it, launch."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import View
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from crm_plugin import merge_tags, queue
from crm_plugin.campaigns import audience, compose, preview, problems, trial
from crm_plugin.campaigns.launch import NotLaunchable, launch
from crm_plugin.campaigns.models import Campaign
from crm_plugin.conf import setting
from crm_plugin.consents.models import Preference
from crm_plugin.contacts import search
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery import reasons
from crm_plugin.delivery.mailings import UNDER_WAY
from crm_plugin.delivery.markup import BadLink
from crm_plugin.personalisation.blocks import label_for
from crm_plugin.personalisation.pages import preview_modes_for, reader_for
from crm_plugin.personalisation.variants import Reader
from crm_plugin.segments.models import Segment

MOST_FOUND = 8
CHANNELS = dict(Preference.Channel.choices)


class CampaignMixin:
    """The campaign of the URL, as far as the user may see it; else 404."""

    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def campaign(self) -> Campaign:
        visible = Campaign.objects.visible_to(self.request.user)
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    @cached_property
    def shown(self) -> Campaign:
        """What would go out: the published text, or the draft before that."""
        if self.campaign.live:
            return self.campaign
        return self.campaign.get_latest_revision_as_object()

    @cached_property
    def versions(self) -> list[Any]:
        return list(self.shown.versions.all())

    def require(self, codename: str) -> None:
        """Raise ``PermissionDenied`` without the right, after the 404 check."""
        assert self.campaign  # noqa: S101
        if not self.request.user.has_perm(f"crm_plugin.{codename}"):
            raise PermissionDenied


class Look(forms.Form):
    """As whom, in which language and how to look at a mail; all of it optional."""

    reader = forms.CharField(required=False)
    contact = forms.UUIDField(required=False)
    version = forms.IntegerField(required=False, min_value=0)
    medium = forms.ChoiceField(
        choices=[(preview.HTML, "HTML"), (preview.TEXT, "text")], required=False
    )

    def __init__(self, data: Any, *, user: Any, versions: list[Any]) -> None:
        super().__init__(data)
        self.user, self.versions = user, versions
        self.is_valid()

    @cached_property
    def contact_found(self) -> Contact | None:
        public_id = self.cleaned_data.get("contact")
        if public_id is None:
            return None
        visible = Contact.objects.visible_to(self.user).current()
        return get_object_or_404(visible, public_id=public_id)

    @property
    def values(self) -> dict[str, Any]:
        """The look as parameters, without what is left open."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in ("", None)
        }

    @property
    def as_reader(self) -> Reader:
        if self.contact_found is not None:
            return preview.reader_of(self.contact_found, user=self.user)
        return reader_for(self.cleaned_data.get("reader") or "")

    @property
    def shown_as_text(self) -> bool:
        return self.cleaned_data.get("medium") == preview.TEXT

    @property
    def number(self) -> int:
        number = self.cleaned_data.get("version") or 0
        return number if number < len(self.versions) else 0

    @property
    def content(self) -> dict[str, Any] | None:
        if not self.versions:
            return None
        return compose.content_of(self.versions[self.number])


class WhenForm(forms.Form):
    """Now, or at a later moment."""

    at = forms.DateTimeField(
        label=gettext_lazy("Start at"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_at(self) -> dt.datetime | None:
        at = self.cleaned_data["at"]
        if at and at < timezone.now():
            raise forms.ValidationError(_("This moment has passed."))
        return at


class SendView(CampaignMixin, WagtailAdminTemplateMixin, View):
    """Everything before a launch on one screen; POST finds a contact by name."""

    template_name = "crm_plugin/campaigns/send.html"
    header_icon = "mail"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        words = request.POST.get("who", "")
        found = search.people(words, user=request.user, limit=MOST_FOUND)
        return self.render_to_response(
            self.get_context_data(who=words, found=found, searched=True)
        )

    def get_page_title(self) -> str:
        return _("Send “%(campaign)s”") % {"campaign": self.campaign}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit = reverse("crm_campaign:edit", args=[self.campaign.pk])
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("crm_campaign:list"), "label": _("Campaigns")},
            {"url": edit, "label": str(self.campaign)},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        look = Look(self.request.GET, user=self.request.user, versions=self.versions)
        user = self.request.user
        plan = audience.Plan.of(self.shown)
        forecast = audience.forecast(plan)
        return super().get_context_data(
            campaign=self.campaign,
            shown=self.shown,
            look=look,
            letter=letter_of(look, self.shown),
            why_not=why_not(plan, look.contact_found),
            **self.choices(look),
            problems=problems.problems_of(self.campaign),
            forecast=forecast,
            to=self.named(self.shown.include_segments),
            not_to=self.named(self.shown.exclude_segments),
            still=self.standing_still(plan),
            held=[(reasons.sentence(reason), n) for reason, n in forecast.held],
            elsewhere=[(CHANNELS.get(code, code), n) for code, n in forecast.elsewhere],
            everybody=audience.leaves_nobody_out(plan),
            under_way=self.campaign.mailings.filter(state__in=UNDER_WAY).first(),
            earlier=self.campaign.mailings.order_by("-id")[:5],
            may_launch=user.has_perm("crm_plugin.launch_campaign"),
            may_test=user.has_perm("crm_plugin.change_campaign"),
            worker_alive=queue.alive(),
            when=WhenForm(),
            key=uuid.uuid4(),
            grace=setting("CRM_LAUNCH_GRACE_SECONDS"),
            style=versioned_static("crm_plugin/campaigns/send.css"),
            **kwargs,
        )

    def named(self, segments: Any) -> list[str]:
        return [label_for(segment, self.request.user) for segment in segments.all()]

    def standing_still(self, plan: audience.Plan) -> list[tuple[str, dt.datetime]]:
        """Which of those that decide keep the members they had, and since when."""
        ids = {*plan.include, *plan.exclude}
        for version in self.versions:
            ids |= set(compose.segments_in(version.body))
        decides = Q(pk__in=ids) | Q(excludes_always=True)
        return [
            (label_for(segment, self.request.user), segment.frozen_at)
            for segment in Segment.objects.frozen().filter(decides)
        ]

    def choices(self, look: "Look") -> dict[str, Any]:
        """The links that change one thing about the look and keep the others."""
        now = look.values
        reader = now.get("reader", "")
        segments = {
            pk for version in self.versions for pk in compose.segments_in(version.body)
        }
        readers = [("", _("Everyone else")), *preview_modes_for(segments, visits=False)]
        letter = reverse("crm_campaign:letter", args=[self.campaign.pk])
        return {
            "look_values": now,
            "letter_url": f"{letter}?{urlencode(now)}",
            "looks": [
                _choice(
                    now,
                    label,
                    name == reader and "contact" not in now,
                    reader=name,
                    contact="",
                )
                for name, label in readers
            ],
            "media_choices": [
                _choice(
                    now,
                    label,
                    look.shown_as_text == (name == preview.TEXT),
                    medium=name,
                )
                for name, label in (
                    (preview.HTML, "HTML"),
                    (preview.TEXT, _("Plain text")),
                )
            ],
            "languages": [
                _choice(now, version.language, number == look.number, version=number)
                for number, version in enumerate(self.versions)
                if len(self.versions) > 1
            ],
        }


def why_not(plan: audience.Plan, contact: Contact | None) -> str:
    """Why the mail would not reach the contact who is looked at, in a sentence."""
    if contact is None:
        return ""
    reason = audience.why_not(plan, contact)
    if reason is None:
        return _("They are not in the audience.")
    return reasons.sentence(reason) if reason else ""


def _choice(now: dict[str, Any], label: Any, current: bool, **change: Any) -> dict:
    wanted = {name: value for name, value in {**now, **change}.items() if value != ""}
    return {"url": f"?{urlencode(wanted)}", "label": label, "current": current}


@method_decorator(xframe_options_sameorigin, name="dispatch")
class LetterView(CampaignMixin, View):
    """The letter alone, for the frame of the send screen."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        look = Look(request.GET, user=request.user, versions=self.versions)
        letter = letter_of(look, self.shown)
        medium = preview.TEXT if look.shown_as_text or not letter.html else preview.HTML
        response = HttpResponse(preview.document(letter, medium))
        response["Cache-Control"] = "private, no-store"
        return preview.inert(response)


def letter_of(look: Look, campaign: Campaign) -> preview.Letter:
    """The letter as it is looked at, or the sentence that says what is wrong in it."""
    if look.content is None:
        return preview.Letter(text=_("There is no text yet."))
    try:
        return preview.letter_for(
            look.content,
            look.as_reader,
            campaign=campaign,
            contact=look.contact_found,
        )
    except (merge_tags.MergeTagError, BadLink) as error:
        return preview.Letter(text=str(error))


class TestView(CampaignMixin, View):
    """POST: send me this letter, as I see it now."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require("change_campaign")
        look = Look(request.POST, user=request.user, versions=self.versions)
        back = reverse("crm_campaign:send", args=[self.campaign.pk])
        if not request.user.email:
            messages.error(request, _("Your user account has no e-mail address."))
        elif look.content is None:
            messages.error(request, _("There is no text yet."))
        else:
            self._send(look)
        return redirect(f"{back}?{self._same_look(request)}")

    def _send(self, look: Look) -> None:
        try:
            trial.send_test(
                self.shown,
                look.content,
                reader=look.as_reader,
                to=self.request.user,
                contact=look.contact_found,
            )
        except (merge_tags.MergeTagError, BadLink) as error:
            messages.error(self.request, str(error))
            return
        sentence = _("A test is on its way to %(address)s. It counts nowhere.")
        messages.success(self.request, sentence % {"address": self.request.user.email})

    @staticmethod
    def _same_look(request: HttpRequest) -> str:
        kept = request.POST.copy()
        kept.pop("csrfmiddlewaretoken", None)
        return kept.urlencode()


class LaunchView(CampaignMixin, View):
    """POST: freeze and launch; only with the right to, whatever the URL."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require("launch_campaign")
        when = WhenForm(request.POST)
        back = redirect("crm_campaign:send", pk=self.campaign.pk)
        if not when.is_valid():
            messages.error(request, " ".join(when.errors["at"]))
            return back
        if not request.POST.get("everybody") and audience.leaves_nobody_out(
            audience.Plan.of(self.campaign)
        ):
            messages.error(request, _("Say first that everybody is meant."))
            return back
        try:
            key = uuid.UUID(request.POST.get("key", ""))
            at = when.cleaned_data["at"]
            mailing = launch(self.campaign, by=request.user, key=key, at=at)
        except ValueError:
            return back
        except NotLaunchable as error:
            for sentence in error.problems:
                messages.error(request, sentence)
            return back
        return redirect("crm_campaign:mailing", key=mailing.public_id)

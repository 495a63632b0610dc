"""What can be chosen in the preference centre, checked field by field."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin.consents.models import Preference, Topic
from crm_plugin.contacts.models import ContactPoint

NONE, KEEP, DAY = "0", "keep", "day"
LENGTHS = {"30": _("Nothing for 30 days"), "90": _("Nothing for 90 days")}
LONGEST = dt.timedelta(days=731)
Channel = Preference.Channel


class PreferenceForm(forms.Form):
    """Topics, how often, a pause, by what way and in which language.

    Fields that a post leaves out keep what was chosen before; topics do not, because
    an empty tick is an answer.
    """

    topic = forms.MultipleChoiceField(
        label=pgettext_lazy("for visitors", "Topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    frequency = forms.ChoiceField(
        label=pgettext_lazy("for visitors", "How often"),
        choices=Preference.Frequency.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    pause = forms.ChoiceField(
        label=pgettext_lazy("for visitors", "Pause"), required=False
    )
    until = forms.DateField(
        label=_("Nothing until this day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Please enter a day, such as 2027-04-01.")},
    )
    channel = forms.ChoiceField(
        label=_("If we want to reach you"), required=False, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(
        self,
        *args: Any,
        point: ContactPoint,
        preference: Preference,
        topics: list[tuple[Topic, str]],
        **kwargs: Any,
    ) -> None:
        self.point, self.before, self.standing = point, preference, topics
        super().__init__(*args, initial=self._initial(), **kwargs)
        self.fields["topic"].choices = [(t.key, str(t)) for t, _state in topics]
        self.fields["pause"].choices = self._pauses()
        self.fields["channel"].choices = self._channels()
        self.fields["language"].choices = [
            ("", _("as it comes")),
            *settings.LANGUAGES,
        ]

    def _initial(self) -> dict[str, Any]:
        return {
            "topic": [
                topic.key for topic, state in self.standing if state == "granted"
            ],
            "frequency": self.before.frequency,
            "pause": KEEP if self.paused else NONE,
            "channel": self.before.channel,
            "language": spoken(self.point.contact.language),
        }

    @property
    def paused(self) -> dt.date | None:
        """The day until which nothing is sent, while it lies ahead."""
        until = self.before.paused_until
        return until if until and until >= timezone.localdate() else None

    def _pauses(self) -> list[tuple[str, Any]]:
        kept = [(KEEP, "")] if self.paused else []
        chosen = (DAY, _("Nothing until a day of my choice"))
        return [*kept, (NONE, _("No pause")), *LENGTHS.items(), chosen]

    def _channels(self) -> list[tuple[str, Any]]:
        """LINE only for whom we can reach there."""
        kinds = {Channel.EMAIL, Channel.PHONE, Channel.POST, self.before.channel}
        if self.point.contact.points.filter(kind=ContactPoint.Kind.LINE).exists():
            kinds.add(Channel.LINE)
        known = [(key, label) for key, label in Channel.choices if key in kinds]
        return [("", _("any way")), *known]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        until, today = data.get("until"), timezone.localdate()
        if data.get("pause") != DAY or "until" in self.errors:
            return data
        if until is None:
            self.add_error("until", _("Please choose the day."))
        elif not today < until <= today + LONGEST:
            self.add_error("until", _("Please choose a day within the next two years."))
        return data

    def wanted(self) -> dict[str, Any]:
        """What ``preferences.choose`` should keep."""
        said = self.cleaned_data
        sent = {name for name in ("channel", "language") if name in self.data}
        wanted = {name: said[name] for name in sent}
        if said["frequency"]:
            wanted["frequency"] = said["frequency"]
        if "language" in wanted and wanted["language"] == self.initial["language"]:
            del wanted["language"]
        return wanted | self._pause(said["pause"])

    def _pause(self, chosen: str) -> dict[str, Any]:
        if chosen in ("", KEEP):
            return {}
        if chosen == DAY:
            return {"paused_until": self.cleaned_data["until"]}
        days = int(chosen)
        today = timezone.localdate()
        return {"paused_until": today + dt.timedelta(days=days) if days else None}


def spoken(language: str) -> str:
    """The site's language that *language* (such as ja-JP) is, else ""."""
    codes = [code for code, _name in settings.LANGUAGES]
    if language in codes:
        return language
    start = language.split("-")[0]
    return next((code for code in codes if start and code.split("-")[0] == start), "")

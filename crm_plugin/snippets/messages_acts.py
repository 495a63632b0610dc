"""What else can be done with a message template: send it to oneself, restore it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages as notes
from wagtail.admin.widgets.button import HeaderButton
from wagtail.snippets.views.snippets import EditView

from crm_plugin import merge_tags
from crm_plugin.delivery import messages, samples
from crm_plugin.delivery.models import ServiceMessage
from crm_plugin.ui.meanwhile import DraftMeanwhileMixin

from .desk import DeskView
from .whole_forms import TellsWhatLacksMixin

NEEDS = "change_servicemessage"
TEST = gettext_lazy("Send me a test")
RESTORE = gettext_lazy("Restore the text that came with the program")


def edit_url(row: ServiceMessage) -> str:
    return reverse("crm_message:edit", args=[row.pk])


class MessageEditView(TellsWhatLacksMixin, DraftMeanwhileMixin, EditView):
    """The two acts are one click away; each asks before it does anything."""

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        offered = [("test", TEST, "mail")]
        if self.object.kind in messages.kinds():
            offered.append(("restore", RESTORE, "history"))
        return [
            *super().header_buttons,
            *(
                HeaderButton(
                    label,
                    url=reverse(f"crm_message:{name}", args=[self.object.pk]),
                    icon_name=icon,
                )
                for name, label, icon in offered
            ),
        ]


class MessageActView(DeskView):
    """A page that says what will happen, and a button that does it."""

    needs = (NEEDS,)
    header_icon = "mail"
    template_name = "crm_plugin/delivery/message_act.html"
    button: Any = ""

    @cached_property
    def object(self) -> ServiceMessage:
        if not self.request.user.has_perm(f"crm_plugin.{NEEDS}"):
            raise PermissionDenied
        return get_object_or_404(ServiceMessage, pk=self.kwargs["pk"])

    def get_parents(self) -> list[dict[str, str]]:
        every = {"url": reverse("crm_message:list"), "label": _("Message templates")}
        return [every, {"url": edit_url(self.object), "label": str(self.object)}]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(
            row=self.object,
            back=edit_url(self.object),
            button=self.button,
            **self.told(),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.act(self.object)
        return redirect(edit_url(self.object))

    def told(self) -> dict[str, Any]:
        """What the page says, and the text that it shows."""
        raise NotImplementedError

    def act(self, row: ServiceMessage) -> None:
        raise NotImplementedError


class MessageTestView(MessageActView):
    page_title = button = TEST

    def told(self) -> dict[str, Any]:
        address = self.request.user.email
        words = _("The saved text goes to %(address)s, with made-up values.")
        problem = "" if address else _("Your user account has no e-mail address.")
        try:
            shown = samples.sample(self.object)
        except merge_tags.MergeTagError as error:
            return {"problem": str(error)}
        return {
            "words": words % {"address": address},
            "problem": problem,
            "subject": shown.subject,
            "text": shown.text,
        }

    def act(self, row: ServiceMessage) -> None:
        if not self.request.user.email:
            notes.error(self.request, _("Your user account has no e-mail address."))
            return
        try:
            samples.send_test(row, to=self.request.user)
        except merge_tags.MergeTagError as error:
            notes.error(self.request, str(error))
            return
        sentence = _("A test is on its way to %(address)s. It counts nowhere.")
        notes.success(self.request, sentence % {"address": self.request.user.email})


class MessageRestoreView(MessageActView):
    page_title = button = RESTORE

    @cached_property
    def text(self) -> messages.Text:
        row = self.object
        kind = messages.kinds().get(row.kind)
        if kind is None:
            return messages.Text(row.subject, row.body)
        return messages.built_in(kind, row.language)

    def told(self) -> dict[str, Any]:
        return {
            "words": _(
                "This text takes the place of yours. Yours stays in the history."
            ),
            "subject": self.text.subject,
            "text": self.text.body,
        }

    def act(self, row: ServiceMessage) -> None:
        row.subject, row.body = self.text.subject, self.text.body
        row.save()
        row.save_revision(user=self.request.user, log_action=True)
        notes.success(
            self.request, _("The text that came with the program stands again.")
        )

"""The answer screen: who she is, her own words, and the answer."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.contacts import access
from crm_plugin.delivery import answers, notices
from crm_plugin.touchpoints import inquiries, presence
from crm_plugin.touchpoints.models import Inquiry

from .colleagues import colleagues
from .desk import DeskView, ObjectMixin, allowed
from .inquiries_about import about
from .inquiries_claims import decide
from .inquiries_forms import AnswerForm, new_key


class AnswerView(ObjectMixin, DeskView):
    """Everything on this screen is one form, so that no button loses typed text.

    ``do`` says which button: ``send preview called missed owner reopen close`` or
    ``claim:<id>:accept|reject|other``.
    """

    model = Inquiry
    needs = ("view_inquiry",)
    page_title = gettext_lazy("Answer")
    header_icon = "mail"
    template_name = "crm_plugin/touchpoints/answer.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_inquiry:index"), "label": _("Inquiries")}]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        ids, screen = [self.object.contact_id], access.Screen.RECORD
        access.seen(ids, by=request.user, screen=screen)
        return self.page(AnswerForm(initial=self.start()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not allowed(request.user, "change_inquiry"):
            raise PermissionDenied
        do, _colon, detail = request.POST.get("do", "preview").partition(":")
        acts = {
            "send": self.send,
            "called": self.called,
            "missed": self.called,
            "claim": self.claim,
            "owner": self.hand_over,
            "reopen": self.reopen,
            "close": self.close,
        }
        act = acts.get(do, self.preview)
        calling = do in ("called", "missed")
        return act(AnswerForm(request.POST, calling=calling), detail or do)

    # The answer

    def send(self, form: AnswerForm, _detail: str) -> HttpResponse:
        if not form.is_valid():
            return self.page(form)
        said = form.cleaned_data
        if not answers.already_sent(self.object, said["key"]):
            if self.answered_meanwhile():
                return self.page(form, answered_meanwhile=True)
            try:
                answers.answer_by_mail(
                    self.object,
                    subject=said["subject"],
                    body=said["body"],
                    key=said["key"],
                    by=self.request.user,
                )
            except answers.NoAddress:
                form.add_error(None, _("There is no e-mail address to answer to."))
                return self.page(form)
        return self.next_step()

    def called(self, form: AnswerForm, detail: str) -> HttpResponse:
        if not form.is_valid():
            return self.page(form)
        said = {k: form.cleaned_data[k] for k in ("note", "key")}
        if detail == "called":
            inquiries.answer_by_call(self.object, **said, by=self.request.user)
        else:
            inquiries.not_reached(self.object, **said, by=self.request.user)
        return self.next_step()

    def preview(self, form: AnswerForm, _detail: str) -> HttpResponse:
        shown = None
        if form.is_valid():
            said = form.cleaned_data
            shown = answers.preview(
                self.object, subject=said["subject"], body=said["body"]
            )
        return self.page(form, shown=shown)

    # What else can be done here

    def claim(self, form: AnswerForm, detail: str) -> HttpResponse:
        pk, _colon, verdict = detail.partition(":")
        if allowed(self.request.user, "change_claim"):
            contact = self.object.contact
            decide(self.request, contact, pk=normalise.whole(pk), verdict=verdict)
            del self.object
        return self.page(form, keep=True)

    def hand_over(self, form: AnswerForm, _detail: str) -> HttpResponse:
        said = self.request.POST
        owner = self.colleagues.filter(
            pk=normalise.whole(said.get("owner", ""))
        ).first()
        seen = normalise.whole(said.get("owner_was", ""))
        if owner and owner.pk == self.object.owner_id:
            return self.page(form, keep=True)
        if not inquiries.assign(
            self.object, owner, instead_of=seen, by=self.request.user
        ):
            name = normalise.staff(self.object.owner) or _("whoever has time")
            text = _("Meanwhile somebody said who answers: %(name)s. Nothing changed.")
            messages.warning(self.request, text % {"name": name})
            return self.page(form, keep=True)
        notices.handed_over(self.object, by=self.request.user)
        return self.page(form, keep=True)

    def reopen(self, form: AnswerForm, _detail: str) -> HttpResponse:
        if inquiries.reopen(self.object, by=self.request.user):
            messages.success(self.request, _("The answer is owed again."))
        return redirect(self.object.get_admin_url())

    def close(self, form: AnswerForm, _detail: str) -> HttpResponse:
        inquiries.close(self.object, by=self.request.user, answered=False)
        return self.next_step()

    # The page

    def start(self) -> dict[str, str]:
        """The first template in her language, or the one asked for by ``?start=``."""
        chosen = self.request.GET.get("start", "")
        found = self.starts
        start = next((s for s in found if str(s["id"]) == chosen), None)
        start = start or (found[0] if found else {"subject": "", "body": ""})
        with override(self.object.language or self.object.contact.language or None):
            reply = _("Re: %(subject)s") % {"subject": self.object.subject}
        subject = start["subject"] or (reply if self.object.subject else "")
        return {"subject": subject, "body": start["body"], "key": new_key()}

    @cached_property
    def starts(self) -> list[dict[str, Any]]:
        return answers.starts(self.object)

    @property
    def colleagues(self) -> Any:
        """Those who may answer, and whoever owns it already."""
        return colleagues("change_inquiry", also=self.object.owner_id)

    def answered_meanwhile(self) -> bool:
        """Somebody closed it while she was writing; once told, she may go on."""
        self.object.refresh_from_db()
        return not self.object.is_open and "despite" not in self.request.POST

    def next_step(self) -> HttpResponse:
        presence.gone(self.object.pk, self.request.user)
        return redirect("crm_inquiry:next", self.object.pk)

    def page(
        self, form: AnswerForm, *, keep: bool = False, **context: Any
    ) -> HttpResponse:
        """The screen; ``keep`` shows typed text again without complaining about it."""
        if keep:
            form = AnswerForm(initial={n: form.data.get(n, "") for n in form.fields})
        user, sent = self.request.user, answers.last(self.object)
        return self.show(
            inquiry=self.object,
            language=dict(settings.LANGUAGES).get(self.object.language, ""),
            form=form,
            starts=self.starts,
            address=answers.address_of(self.object),
            sent=sent,
            lost=sent is not None and sent.state in answers.LOST,
            others=presence.others(self.object.pk, user),
            colleagues=self.colleagues,
            may_answer=allowed(user, "change_inquiry"),
            may_decide=allowed(user, "change_claim"),
            **about(self.object, user),
            **context,
        )

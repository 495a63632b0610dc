"""How a form page answers: form, errors, and a thank-you page of its own address."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from wagtail.url_routing import RouteResult

from crm_plugin import once, signing
from crm_plugin.conf import CrmSettings
from crm_plugin.delivery import links
from crm_plugin.intake import attempts
from crm_plugin.intake.models import Submission
from crm_plugin.personalisation import visitor

from . import (
    capture,
    changed,
    counted,
    files,
    gate,
    known,
    known_links,
    refused,
    seen,
    steps,
    wording,
)
from .visitor_form import VisitorForm, typed_so_far

THANKS = "thanks"


class Serving:
    """The serving half of the form mixins: store, process, redirect, thank."""

    form_base = VisitorForm

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """A post to a page that was just taken offline still gets an answer."""
        posted = request.method == "POST" and not path_components
        if posted and not self.live and self.stamp_of(request).nonce:
            return RouteResult(self)
        return super().route(request, path_components)  # type: ignore[misc]

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            if not self.live:
                return refused.closed(request)
            with once.reading():
                self.read_around()
                return self.answer(request)
        thanked = self.thanked(request)
        if thanked:
            return self.render_landing_page(request, thanked)
        return self._page(request, self.fresh_form(request))

    def read_around(self) -> None:
        """Read at once what a post asks of the page's language and its topic."""
        rows = type(self).objects.select_related("locale", "consent_topic")
        found = rows.only("locale", "consent_topic").get(pk=self.pk)
        self.locale, self.consent_topic = found.locale, found.consent_topic

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Another step, the errors, or the thank-you page."""
        form = self._posted_form(request)
        go = request.POST.get(steps.GO, "")
        if go == steps.BACK:
            return self._at_step(request, form, form.step_beside(form.at, -1))
        if gate.ASK_AGAIN in request.POST:
            return self._at_step(request, form, form.at)
        if known.PRESS in request.POST:
            return self._fill_in(request, form)
        if go == steps.NEXT:
            return self._next(request, form)
        valid = form.is_valid()
        if not changed.tell(form, self.stamp_of(request)) and valid:
            submission = capture.take(self, form, request)
            if self.after_storing(submission, form):
                return self._thank(request, submission)
        wrong = form.wrong_step()
        form.at = form.last if wrong is None else wrong
        return self._page(request, form)

    def _next(self, request: HttpRequest, form: VisitorForm) -> HttpResponse:
        wrong = form.wrong_step(up_to=form.at)
        if wrong is None:
            return self._at_step(request, form, form.step_beside(form.at, 1))
        form.at = wrong
        return self._page(request, form)

    def _fill_in(self, request: HttpRequest, form: VisitorForm) -> HttpResponse:
        """She says that the message which led here was for her.

        A fresh link shows it; any other has one sent to the address.
        """
        invited = form.invited
        if invited is None or invited.point is None or invited.theirs:
            return self._at_step(request, form, form.at)
        if not invited.fresh:
            url = capture.page_facts(self, request)["url"]
            said = {"page_id": self.pk, "language": self.locale.language_code}
            known_links.send(invited.point, url, **said)
            invited.asked = True
            return self._at_step(request, form, form.at)
        invited.theirs = True
        response = self._at_step(request, form, form.at)
        visitor.verify(response, invited.point.contact, invited.address)
        return response

    def _thank(self, request: HttpRequest, submission: Submission) -> HttpResponse:
        response = counted.ThanksRedirect(self.thanks_url(request, submission))
        counted.look(response, request, self.stamp_of(request))
        return response

    def fresh_form(
        self,
        request: HttpRequest,
        typed: dict[str, Any] | None = None,
        invited: known.Invitation | None = None,
    ) -> VisitorForm:
        """The form as it opens, or with what was *typed* so far, not judged yet."""
        initial = {**self.initial_for(request), **(typed or {})}
        form = self.get_form(page=self, user=request.user, initial=initial)
        form.invited = invited or known.invitation(request)
        known.fit(form, form.invited)
        self.preset(form, request)
        return form

    def _posted_form(self, request: HttpRequest) -> VisitorForm:
        """What was posted, from which step, with the files that came along."""
        form = self.get_form(request.POST, request.FILES, page=self, user=request.user)
        form.invited = known.invitation(request)
        known.fit(form, form.invited)
        form.at = steps.number(request.POST.get(steps.AT), form.steps)
        form.seen = max(form.at, steps.number(request.POST.get(steps.SEEN), form.steps))
        form.posted = request.POST
        files.keep_all(form, self.pk)
        return form

    def _at_step(
        self, request: HttpRequest, posted: VisitorForm, at: int
    ) -> HttpResponse:
        typed = typed_so_far(posted, request, posted.seen) | self.pressed(request)
        if known.PRESS in request.POST and posted.invited and posted.invited.theirs:
            typed = {name: value for name, value in typed.items() if value}
        form = self.fresh_form(request, typed, posted.invited)
        form.posted, form.at, form.seen = request.POST, at, max(at, posted.seen)
        files.show_kept(form, posted.kept)
        return self._page(request, form)

    def pressed(self, request: HttpRequest) -> dict[str, Any]:
        """What a button of the form chose, besides what was typed."""
        return {}

    def stamp_of(self, request: HttpRequest) -> gate.Stamp:
        return gate.read(request, self.pk)

    def initial_for(self, request: HttpRequest) -> dict[str, Any]:
        """What the form starts with; nothing, unless a mixin says otherwise."""
        return {}

    def preset(self, form: VisitorForm, request: HttpRequest) -> None:
        """Set what the form starts with, where that depends on its fields.

        Use ``form.initial.setdefault``: what was typed already goes first.
        """

    def low(self, field: str, value: Any) -> bool:
        """Whether an answer is a score that somebody should react to."""
        return False

    def get_form_class(self) -> type[VisitorForm]:
        builder = self.form_builder(self.get_form_fields())
        return builder.get_form_class(self.form_base)

    def after_storing(self, submission: Submission, form: Any) -> bool:
        """Process what was stored; false sends the visitor back to the form.

        Override to refuse, with ``form.add_error``, what only processing can tell.
        """
        attempts.capture(submission)
        return True

    def asked_for(self, form: Any) -> bool:
        """Whether this post asks for the page's topic."""
        return bool(self.tick_wording and form.cleaned_data.get("crm_consent"))

    def thanks_url(self, request: HttpRequest, submission: Submission) -> str:
        """The address of the thank-you page; reloading it sends nothing again."""
        token = signing.make(THANKS, submission.public_id)
        return f"{capture.path_of(request)}?{THANKS}={token}"

    def thanked(self, request: HttpRequest) -> Submission | None:
        """The submission that this thank-you address belongs to, if it is one."""
        try:
            payload = signing.read(THANKS, request.GET.get(THANKS, ""))
        except signing.BadToken:
            return None
        rows = Submission.objects.filter(public_id=payload["id"], page_id=self.pk)
        return rows.first()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict:
        context = super().get_context(request, *args, **kwargs)
        context["crm"] = wording.PageWords(self, CrmSettings.load())
        context["ask_again_name"] = gate.ASK_AGAIN
        return context

    def _page(self, request: HttpRequest, form: VisitorForm) -> TemplateResponse:
        stamp = gate.stamp_for(request, self.pk)
        context = {**self.get_context(request), **page_context(request, form, stamp)}
        template = self.get_template(request)
        response = counted.FormResponse(request, template, context)
        counted.look(response, request, stamp)
        if form.invited is not None:
            response["Referrer-Policy"] = "same-origin"
        return _private(response)

    def render_landing_page(
        self, request: HttpRequest, form_submission: Any = None, *args: Any, **kw: Any
    ) -> TemplateResponse:
        context = self.get_context(request)
        context |= {"form_submission": form_submission, "crm_thanks": True}
        if form_submission is not None:
            context |= self.thanks_context(form_submission)
        template = self.get_landing_page_template(request)
        return _private(TemplateResponse(request, template, context))

    def thanks_context(self, submission: Submission) -> dict[str, Any]:
        """What else the thank-you page tells."""
        return {}

    def get_landing_page_template(
        self, request: HttpRequest, *a: Any, **kw: Any
    ) -> str:
        """The page's own template: ``body.html`` shows form or thank-you text."""
        return self.get_template(request)

    def serve_submissions_list_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Wagtail's *Forms* menu leads to the CRM's own list, for this page."""
        url = reverse("crm_submission:index")
        return HttpResponseRedirect(f"{url}?page_id={self.pk}")


def page_context(
    request: HttpRequest, form: VisitorForm, stamp: gate.Stamp
) -> dict[str, Any]:
    """What the templates of a form need besides the page itself."""
    words, revision = seen.shown(form, stamp.words), form.page.live_revision_id
    stamp = replace(stamp, words=words, revision=revision)
    return {
        "form": form,
        "traps": gate.traps(request, stamp, names=form.mapped_names),
        "known_name": known.PRESS,
        "for_name": links.FOR,
        "from_name": gate.FROM,
        "handed_over": request.POST.get(gate.FROM, ""),
        "started_name": counted.STARTED,
        "started": request.method == "POST",
    }


def _private(response: TemplateResponse) -> TemplateResponse:
    """Every rendering has its own stamp: no shared cache may keep one."""
    response["Cache-Control"] = "private, no-cache"
    return response

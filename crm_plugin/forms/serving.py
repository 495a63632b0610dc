"""How a form page answers: form, errors, and a thank-you page of its own address."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from crm_plugin import signing
from crm_plugin.conf import CrmSettings
from crm_plugin.intake import attempts
from crm_plugin.intake.models import Submission

from . import capture, gate, wording
from .builder import VisitorForm, typed_so_far

THANKS = "thanks"


class Serving:
    """The serving half of the form mixins: store, process, redirect, thank."""

    form_base = VisitorForm

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            if gate.ASK_AGAIN in request.POST:
                return self._page(request, form=self._again(request))
            form = self.get_form(
                request.POST, request.FILES, page=self, user=request.user
            )
            if form.is_valid():
                submission = capture.take(self, form, request)
                if self.after_storing(submission, form):
                    return HttpResponseRedirect(self.thanks_url(request, submission))
            return self._page(request, form=form)
        thanked = self.thanked(request)
        if thanked:
            return self.render_landing_page(request, thanked)
        initial = self.initial_for(request)
        form = self.get_form(page=self, user=request.user, initial=initial)
        return self._page(request, form=form)

    def initial_for(self, request: HttpRequest) -> dict[str, Any]:
        """What the form starts with; nothing, unless a mixin says otherwise."""
        return {}

    def _again(self, request: HttpRequest) -> Any:
        """The form with what was typed so far, not judged yet."""
        form = self.get_form(request.POST, page=self, user=request.user)
        initial = typed_so_far(form, request)
        return self.get_form(page=self, user=request.user, initial=initial)

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
        return f"{self.get_url(request) or request.path}?{THANKS}={token}"

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
        context["traps"] = gate.traps(request, self.pk)
        context["ask_again_name"] = gate.ASK_AGAIN
        return context

    def _page(self, request: HttpRequest, **extra: Any) -> TemplateResponse:
        context = {**self.get_context(request), **extra}
        return _private(TemplateResponse(request, self.get_template(request), context))

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


def _private(response: TemplateResponse) -> TemplateResponse:
    """Every rendering has its own stamp: no shared cache may keep one."""
    response["Cache-Control"] = "private, no-cache"
    return response

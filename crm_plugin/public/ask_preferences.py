"""Asking for a link to one's preferences: an address is typed, the link is mailed.

The answer is the same for every address, known to us or not, and so is the work that
the request does; a worker looks the address up.
"""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import normalise
from crm_plugin.conf import setting
from crm_plugin.delivery import preference_links
from crm_plugin.intake import limits, spam, submissions

from .pages import page


class AddressForm(forms.Form):
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=320,
        error_messages={"required": _("Please fill this in.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        address = normalise.email(self.cleaned_data["email"])
        if not address:
            raise forms.ValidationError(
                _("This does not look like an e-mail address. Please look again.")
            )
        return address


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ask_preferences(request: HttpRequest) -> HttpResponse:
    """GET shows the form; only POST asks."""
    if request.method != "POST":
        return _show(request, AddressForm())
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    if _asked_too_often(request):
        return _show(request, form, busy=True, status=429)
    preference_links.ask(form.cleaned_data["email"], language=get_language() or "")
    return _show(request, form, sent=True)


def _asked_too_often(request: HttpRequest) -> bool:
    key = limits.key_of("links", _network(request))
    return limits.count([key])[key] > setting("CRM_RATE_LIMIT_POSTS")


def _network(request: HttpRequest) -> str:
    ip = spam.client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )
    return submissions.network_of(ip)


def _show(
    request: HttpRequest,
    form: AddressForm,
    *,
    status: int = 200,
    **context: bool,
) -> HttpResponse:
    said = {"form": form, **context}
    return page(request, "ask_preferences.html", said, status=status)

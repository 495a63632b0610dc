"""The settings block: whole, spelled as in the docs, with its key."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from crm_plugin.conf import DEFAULTS, setting

from .findings import Finding, error, ok, warning

MIDDLEWARE = "crm_plugin.personalisation.middleware.PersonalisationMiddleware"
GONE_FORMS = "crm_plugin.forms.middleware.GoneFormMiddleware"


def about_settings() -> Iterator[Finding]:
    block = "Copy the block of docs/settings.md."
    if "crm" in getattr(settings, "TASKS", {}):
        yield ok("TASKS has the alias crm")
    else:
        yield error("TASKS lacks the alias crm", block)
    if MIDDLEWARE not in settings.MIDDLEWARE:
        yield error("PersonalisationMiddleware is missing: caches may leak", block)
    if GONE_FORMS not in settings.MIDDLEWARE:
        yield warning(
            "GoneFormMiddleware is missing: who fills in a form while its page is"
            " deleted loses what was typed",
            block,
        )
    try:
        reverse("crm:unsubscribe", args=["x"])
    except NoReverseMatch:
        yield error("the addresses of mails lead nowhere", "Include crm_plugin.urls.")
    unknown = [name for name in dir(settings) if name.startswith("CRM_")]
    for name in sorted(set(unknown) - DEFAULTS.keys()):
        yield warning(f"{name} is no setting of the CRM", "Spelled as in the docs?")
    if setting("CRM_LINK_KEY"):
        yield ok("CRM_LINK_KEY is set")
    else:
        yield warning(
            "CRM_LINK_KEY is empty: links and opt-outs depend on SECRET_KEY",
            "Set CRM_LINK_KEY to a long random text and never change it.",
        )
    if settings.DEBUG:
        yield warning("DEBUG is on", "Use production settings on a server.")

"""System checks of the plugin, each with an id and a hint."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks

from crm_plugin.contacts import links
from crm_plugin.contacts.models import Contact
from crm_plugin.intake import uploads
from crm_plugin.personalisation.fragments import risky_templates

# More than a rule of as many conditions as are allowed, twice, with the rest of its form.
FIELDS_OF_A_RULE = 10_000


@checks.register()
def keys_to_contacts_are_registered(**kwargs: Any) -> list[checks.CheckMessage]:
    """Merge, erase and export must know what becomes of every row about a person."""
    known = {(link.model, link.field) for link in links.registered()}
    return [
        checks.Error(
            f"{model._meta.label}.{field.name} points to a contact and is not "
            "registered.",
            hint=(
                f'Call crm_plugin.contacts.links.register({model.__name__}, "{field.name}",'
                " merge=…, erase=…, export=…) in the registrations module of its room,"
                " or in the crm module of a host app."
            ),
            obj=model,
            id="crm_plugin.E001",
        )
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.related_model is Contact
        and (model, field.name) not in known
    ]


@checks.register(checks.Tags.security)
def private_files_are_private(**kwargs: Any) -> list[checks.CheckMessage]:
    """What visitors send must not stand where the web server hands out files."""
    public = [Path(root).resolve() for root in _public_roots() if root]
    private = uploads.private_root().resolve()
    return [
        checks.Error(
            f"CRM_PRIVATE_ROOT ({private}) lies inside {root}, which is public.",
            hint="Choose a folder beside MEDIA_ROOT and STATIC_ROOT.",
            id="crm_plugin.E002",
        )
        for root in public
        if private.is_relative_to(root)
    ]


@checks.register()
def the_longest_rule_can_be_posted(**kwargs: Any) -> list[checks.CheckMessage]:
    """Django refuses a form of too many fields before anybody can say what is wrong."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if most is None or most >= FIELDS_OF_A_RULE:
        return []
    return [
        checks.Warning(
            f"A long rule has more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS ({most}).",
            hint=f"Set it to {FIELDS_OF_A_RULE:_} or more, as Wagtail advises as well.",
            id="crm_plugin.W002",
        )
    ]


def _public_roots() -> list[Any]:
    return [settings.MEDIA_ROOT, settings.STATIC_ROOT]


@checks.register(checks.Tags.templates)
def fragment_caches_hold_no_personal_blocks(**kwargs: Any) -> list[checks.CheckMessage]:
    """What ``{% cache %}`` keeps was chosen for one visitor and is shown to all."""
    return [
        checks.Warning(
            f"{name}, line {line}: a block is rendered inside a fragment cache.",
            hint=(
                "If it is or holds a personalised block, the next visitor sees what was"
                " meant for the first. Take {% include_block %} out of the cache; if"
                " nothing in it is personalised, silence this check."
            ),
            id="crm_plugin.W001",
        )
        for name, line in risky_templates()
    ]

"""System checks of the plugin, each with an id and a hint."""

from typing import Any

from django.apps import apps
from django.core import checks

from crm_plugin.contacts import links
from crm_plugin.contacts.models import Contact
from crm_plugin.personalisation.fragments import risky_templates


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

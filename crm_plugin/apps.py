from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

ROOMS = [
    "contacts",
    "consents",
    "touchpoints",
    "delivery",
    "sales",
    "bookings",
    "lifecycle",
    "scoring",
    "intake",
    "segments",
    "personalisation",
    "campaigns",
    "imports",
    "forms",
]


class CrmPluginConfig(AppConfig):
    name = "crm_plugin"
    label = "crm_plugin"
    verbose_name = _("CRM")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let each room tell its nouns to the registries, then each host app.

        A room speaks in ``conditions.py`` (rules) and ``registrations.py`` (links,
        history, merge tags, steps); a host app in a module called ``crm``.
        """
        from . import checks, queue, rules  # noqa: F401
        from .reports import (  # noqa: F401
            after_purchase,
            answers,
            came_once,
            campaigns,
            cross_sell,
            data_map,
            deal_days,
            form_results,
            frequency_sales,
            introducers,
            movement,
            moves,
            open_deals,
            sales_by_channel,
            satisfaction,
            searches,
            sources,
            stage_channel,
            stages,
            without_use,
        )

        for room in ROOMS:
            for module in ("registrations", "conditions"):
                name = f"crm_plugin.{room}.{module}"
                if find_spec(name):
                    import_module(name)
        autodiscover_modules("crm")
        rules.naming.connect()
        post_migrate.connect(queue.ensure_tick, sender=self)

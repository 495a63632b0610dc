"""What follows when a form page is published: what came earlier is kept as it says."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import page_published

from crm_plugin.intake import retention


@receiver(page_published, dispatch_uid="crm-form-published")
def agree(sender: type, instance: Any, **kwargs: Any) -> None:
    """The answers that are here already go when the page now says so."""
    if hasattr(instance, "crm_kind"):
        retention.agree(instance.pk, instance.keep_days)

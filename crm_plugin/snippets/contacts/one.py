"""What the screens about one contact share: who it is, and the way back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import Contact


class OneContactMixin:
    """The contact of the URL, for those who may see contacts; others get 404."""

    request: HttpRequest
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm("crm_plugin.view_contact"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    @cached_property
    def contact(self) -> Contact:
        visible = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(visible.known_as(self.kwargs["pk"]))

    def get_parents(self) -> list[dict[str, str]]:
        contact = self.contact
        return [
            {"url": reverse("crm_contact:index"), "label": _("Contacts")},
            {"url": contact.get_admin_url(), "label": str(contact)},
        ]

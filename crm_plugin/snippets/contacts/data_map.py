"""One contact's own map: what is known of them in each cell, and what is not."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts import access, data_map
from crm_plugin.snippets.desk import DeskView, allowed

from .one import OneContactMixin


class DataMapView(OneContactMixin, DeskView):
    """Empty cells stand out: there is nothing to go by when speaking to this person."""

    needs = ("view_contact",)
    page_title = gettext_lazy("What is known")
    header_icon = "table"
    template_name = "crm_plugin/contacts/data_map.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        user, contact = request.user, self.contact
        access.seen([contact.pk], by=user, screen=access.Screen.RECORD)
        cells = data_map.of(contact, user)
        kinds = {True: _("Classifiable"), False: _("In their words")}
        return self.show(
            contact=contact,
            areas=[data_map.Area(area).label for area in data_map.Area.values],
            rows=[
                (label, [cell for cell in cells if cell.classifiable is kind])
                for kind, label in kinds.items()
            ],
            empty=sum(cell.empty for cell in cells),
            may_edit=allowed(user, "change_contact"),
            may_note=allowed(user, "add_touchpoint"),
        )

import pytest

from crm_plugin.forms import mapping
from crm_plugin.forms.builder import CrmFormBuilder
from tests import factories

pytestmark = pytest.mark.django_db


class Row:
    """One field of a form page."""

    required, choices, default_value, help_text = False, "", "", ""

    def __init__(self, name, maps_to):
        self.clean_name, self.label, self.maps_to = name, name, maps_to
        self.field_type = "mapped"

    def get_field_clean_name(self):
        return self.clean_name


def test_a_form_no_longer_asks_what_is_switched_off():
    tea = factories.AttributeFactory(key="tea", type="text")
    rows = [Row("name", "contact.name"), Row("tea", "attribute.tea"), Row("free", "")]
    assert list(CrmFormBuilder(rows).formfields) == ["name", "tea", "free"]
    tea.active = False
    tea.save()
    assert list(CrmFormBuilder(rows).formfields) == ["name", "free"]


def test_nothing_else_is_left_out():
    names = ["contact.name", "attribute.gone", "", mapping.MESSAGE]
    assert mapping.not_asked(names, mapping.fields_for(names)) == set()

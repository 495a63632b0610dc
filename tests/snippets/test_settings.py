import pytest
from django.urls import reverse

from crm_plugin.models import Change, CrmSettings

pytestmark = pytest.mark.django_db

EDIT = "crm_settings:edit"


def typed(**said):
    return {
        "business_name": "Hinata",
        "phone": "",
        "answer_hours": "",
        "fiscal_year_start": "4",
        "dormant_days": "",
        "lost_days": "",
        "purpose_of_use": "",
        **said,
    }


def test_the_owner_edits_the_one_row(client, role):
    client.force_login(role("owner"))
    for hours in ["4", "8"]:
        client.post(reverse(EDIT), typed(answer_hours=hours))
    assert CrmSettings.objects.get().due_hours == 8


def test_a_blank_means_the_default(client, role, settings):
    settings.CRM_ANSWER_HOURS = 12
    client.force_login(role("owner"))
    client.post(reverse(EDIT), typed())
    assert CrmSettings.load().due_hours == 12


def test_what_was_changed_is_journalled(client, role):
    client.force_login(role("owner"))
    client.post(reverse(EDIT), typed(dormant_days="90"))
    assert Change.objects.get(field="dormant_days").new == 90


def test_lost_must_come_after_dormant(client, role):
    client.force_login(role("owner"))
    client.post(reverse(EDIT), typed(dormant_days="90", lost_days="60"))
    assert CrmSettings.load().dormant_days is None


@pytest.mark.parametrize("name", ["staff", "marketer"])
def test_others_may_not(client, role, name):
    client.force_login(role(name))
    client.post(reverse(EDIT), typed(dormant_days="90"))
    assert CrmSettings.load().dormant_days is None

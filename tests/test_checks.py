import pytest

from crm_plugin import checks
from crm_plugin.contacts import links
from crm_plugin.models import ContactPoint


def test_every_key_to_a_contact_is_registered():
    assert checks.keys_to_contacts_are_registered() == []


def test_a_key_that_nobody_registered_is_named_with_a_hint(monkeypatch):
    rest = [link for link in links.registered() if link.model is not ContactPoint]
    monkeypatch.setattr(links, "registered", lambda: rest)
    (error,) = checks.keys_to_contacts_are_registered()
    assert error.id == "crm_plugin.E001"
    assert "ContactPoint.contact" in error.msg
    assert "links.register(ContactPoint" in error.hint


def test_the_folder_of_visitors_files_is_not_public(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CRM_PRIVATE_ROOT = tmp_path / "media" / "private"
    (error,) = checks.private_files_are_private()
    assert error.id == "crm_plugin.E002"
    settings.CRM_PRIVATE_ROOT = ""
    assert checks.private_files_are_private() == []


@pytest.mark.parametrize(("most", "warned"), [(1_000, True), (None, False)])
def test_a_form_of_a_long_rule_must_be_taken(settings, most, warned):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = most
    found = [message.id for message in checks.the_longest_rule_can_be_posted()]
    assert found == ["crm_plugin.W002"] * warned

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

import pytest
from django.urls import reverse

from crm_plugin.delivery import messages
from crm_plugin.models import Sender, ServiceMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(db):
    messages.install()
    return ServiceMessage.objects.get(kind="acknowledgement", language="en")


def edit_url(row):
    return reverse("crm_message:edit", args=[row.pk])


def fields(row, **changed):
    names = ("title", "kind", "language", "subject", "body")
    return {**{name: getattr(row, name) for name in names}, **changed}


def test_a_marketer_edits_a_text(client, role, template):
    client.force_login(role("marketer"))
    client.post(edit_url(template), fields(template, subject="Thanks {{ salutation }}"))
    template.refresh_from_db()
    assert template.subject == "Thanks {{ salutation }}"


@pytest.mark.parametrize("field", ["subject", "body"])
def test_an_unknown_tag_is_an_error_at_the_field(client, owner, template, field):
    client.force_login(owner)
    said = fields(template, **{field: "{{ contact.frist_name }}"})
    page = client.post(edit_url(template), said)
    assert "contact.first_name" in str(page.context["form"].errors[field])
    before = template.subject
    template.refresh_from_db()
    assert template.subject == before


def test_kind_and_language_of_an_automatic_text_stay(client, owner, template):
    client.force_login(owner)
    client.post(edit_url(template), fields(template, kind="other", language="ja"))
    template.refresh_from_db()
    assert (template.kind, template.language) == ("acknowledgement", "en")


def test_staff_add_a_start_for_answers(client, owner):
    client.force_login(owner)
    client.post(
        reverse("crm_message:add"),
        {
            "title": "Catering",
            "kind": "catering",
            "language": "ja",
            "subject": "お見積り",
            "body": "{{ salutation }}",
            "for_answers": "on",
        },
    )
    assert ServiceMessage.objects.get(kind="catering").for_answers


def test_the_tags_of_the_kind_are_listed(client, owner, template):
    client.force_login(owner)
    page = client.get(edit_url(template)).content.decode()
    for name in ("confirm_url", "salutation", "contact.first_name"):
        assert "{{ " + name + " }}" in page


@pytest.mark.parametrize("mode", ["", "text"])
def test_the_preview_is_the_message_with_made_up_values(owner, template, mode, rf):
    factories.SenderFactory()
    request = rf.get("/")
    request.user = owner
    page = template.serve_preview(request, mode).render().content.decode()
    assert "Q000123" in page
    assert "1-2-3 Midori" in page
    assert ("<iframe" in page) == (mode == "")


def test_a_broken_text_says_so_in_its_preview(template, rf, owner):
    template.body = "{{ nonsense }}"
    request = rf.get("/")
    request.user = owner
    page = template.serve_preview(request, "").render().content.decode()
    assert "There is no merge tag" in page


def test_the_list_of_templates_is_hidden_from_others(client, outsider, template):
    client.force_login(outsider)
    assert client.get(reverse("crm_message:list")).status_code == 302


def test_the_owner_adds_a_sender(client, owner):
    client.force_login(owner)
    said = {
        "name": "Shop",
        "from_name": "ひなた",
        "from_email": "hello@hinata.example",
        "organisation": "Hinata",
        "postal_address": "1-2-3 Midori",
        "contact": "0166-00-0000",
        "is_default": "on",
    }
    client.post(reverse("crm_sender:add"), said)
    assert Sender.objects.get().from_name == "ひなた"
    assert client.get(reverse("crm_sender:index")).status_code == 200


def test_a_marketer_sees_senders_and_changes_none(client, role):
    factories.SenderFactory()
    client.force_login(role("marketer"))
    assert client.get(reverse("crm_sender:index")).status_code == 200
    assert client.get(reverse("crm_sender:add")).status_code == 302

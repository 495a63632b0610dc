import pytest
from django.urls import reverse

from crm_plugin.delivery import messages, replay, samples
from crm_plugin.models import Delivery, Sender, ServiceMessage
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


def act_url(name, row):
    return reverse(f"crm_message:{name}", args=[row.pk])


def test_the_editor_offers_a_test_and_the_original(client, owner, template):
    client.force_login(owner)
    page = client.get(edit_url(template)).content.decode()
    assert act_url("test", template) in page
    assert act_url("restore", template) in page


@pytest.mark.parametrize("kind", ["acknowledgement", "inquiry_notice", "preferences"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_test_goes_to_oneself_as_it_stands(client, owner, template, kind, language):
    factories.SenderFactory()
    row = ServiceMessage.objects.get(kind=kind, language=language)
    client.force_login(owner)
    assert not Delivery.objects.exists()
    client.post(act_url("test", row))
    mail = Delivery.objects.get()
    assert (mail.address, mail.kind) == ("owner@hinata.example", "test")
    shown = replay.shown(mail)
    assert shown.subject.startswith("[Test] ")
    assert shown.text == samples.sample(row).text
    assert "{{" not in shown.subject + shown.text + shown.html


def test_looking_at_the_page_of_a_test_sends_nothing(client, owner, template):
    client.force_login(owner)
    page = client.get(act_url("test", template)).content.decode()
    assert "owner@hinata.example" in page
    assert not Delivery.objects.exists()


def test_without_an_address_of_ones_own_it_says_so(client, owner, template):
    owner.email = ""
    owner.save()
    client.force_login(owner)
    for send in (client.get, client.post):
        answer = send(act_url("test", template), follow=True)
        assert "no e-mail address" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_broken_text_is_told_and_not_sent(client, owner, template):
    ServiceMessage.objects.update(body="{{ contact.frist_name }}")
    client.force_login(owner)
    assert "first_name" in client.get(act_url("test", template)).content.decode()
    client.post(act_url("test", template))
    assert not Delivery.objects.exists()


def test_the_original_is_restored_and_the_own_text_kept(client, owner, template):
    original = (template.subject, template.body)
    client.force_login(owner)
    client.post(edit_url(template), fields(template, subject="Mine", body="My text"))
    page = client.get(act_url("restore", template)).content.decode()
    assert "Thank you for writing to us" in page
    template.refresh_from_db()
    assert template.subject == "Mine"
    client.post(act_url("restore", template))
    template.refresh_from_db()
    assert (template.subject, template.body) == original
    kept = [revision.content["subject"] for revision in template.revisions.all()]
    assert "Mine" in kept


def test_a_text_of_ones_own_has_no_original(client, owner):
    row = ServiceMessage.objects.create(
        kind="catering", language="ja", title="T", subject="S", body="B"
    )
    client.force_login(owner)
    assert act_url("restore", row) not in client.get(edit_url(row)).content.decode()
    client.post(act_url("restore", row))
    row.refresh_from_db()
    assert (row.subject, row.body) == ("S", "B")

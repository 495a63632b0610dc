import pytest
from django.urls import reverse

from crm_plugin import models
from crm_plugin.contacts import records
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def page(contact):
    return reverse("crm_contact:origin", args=[contact.pk])


@pytest.fixture
def say(client, owner, contact, page):
    client.force_login(owner)

    def post(**said):
        held = {
            "channel": "",
            "heard_from": "",
            "version": contact.version,
            "do": "save",
        }
        return client.post(page, {**held, **said})

    return post


def told(contact):
    rows = models.Change.objects.filter(about=contact.pk).order_by("id")
    return [(row.model, row.field, row.old, row.new) for row in rows]


def test_a_missing_source_is_set_by_staff(say, contact):
    say(channel="business_card", source="fair 2026")
    touch = models.FirstTouch.objects.get(contact=contact)
    assert (touch.channel, touch.source) == ("business_card", "fair 2026")
    assert touch.at == contact.created_at


def test_a_correction_is_kept_with_old_and_new(say, contact):
    models.FirstTouch.objects.create(
        contact=contact, channel="web", at=contact.created_at
    )
    say(channel="shop", heard_from="passing")
    assert told(contact) == [
        ("firsttouch", "channel", "web", "shop"),
        ("contact", "heard_from", "", "passing"),
    ]


def test_the_page_that_led_here_is_corrected_with_old_and_new(say, client, contact):
    before, after = "https://town.example/", "https://www.instagram.com/hinata"
    models.FirstTouch.objects.create(
        contact=contact, channel="web", referrer=before, at=contact.created_at
    )
    say(channel="web", referrer=f"{after}?igsh=abc#top")
    assert told(contact) == [("firsttouch", "referrer", before, after)]
    assert models.FirstTouch.objects.get().referrer == after
    text = client.get(contact.get_admin_url(), {"kind": "changes"}).content.decode()
    assert f"{before} → {after}" in text


@pytest.mark.parametrize("typed", ["javascript://x", "https://", "https://[", "://"])
def test_what_is_no_web_page_is_refused(say, contact, typed):
    answer = say(channel="web", referrer=typed)
    assert "Please give the address of a web page." in answer.content.decode()
    assert not models.FirstTouch.objects.exists()


def test_a_site_may_be_named_without_more_ado(say, contact):
    say(channel="web", referrer="town.example")
    assert models.FirstTouch.objects.get().referrer == "https://town.example"


def test_the_history_tells_it_in_words(say, client, contact):
    friend = factories.ContactFactory(family_name="山田", given_name="一郎")
    models.FirstTouch.objects.create(
        contact=contact, channel="web", at=contact.created_at
    )
    say(channel="new_year_card", person=friend.pk)
    text = client.get(contact.get_admin_url(), {"kind": "changes"}).content.decode()
    assert "web → New Year card" in text
    assert "– → 山田 一郎" in text


def test_a_later_form_leaves_the_source_alone(contact):
    models.FirstTouch.objects.create(
        contact=contact, channel="shop", at=contact.created_at
    )
    records.apply_values(contact, {"contact.heard_from": "search"}, by=None)
    assert models.FirstTouch.objects.get().channel == "shop"


def test_a_code_that_is_no_longer_offered_stays(say, contact):
    models.FirstTouch.objects.create(
        contact=contact, channel="import", at=contact.created_at
    )
    assert say(channel="import").status_code == 302
    assert models.FirstTouch.objects.get().channel == "import"


def test_the_introducer_is_a_person_on_record(say, client, contact):
    friend = factories.ContactFactory(family_name="山田")
    say(heard_from="introduction", person=friend.pk)
    contact.refresh_from_db()
    assert contact.introduced_by == friend
    assert (
        contact.get_admin_url() in client.get(friend.get_admin_url()).content.decode()
    )


def test_both_introducers_are_looked_at_anew_when_it_is_corrected(say, contact):
    first, second = factories.ContactFactory.create_batch(2)
    say(heard_from="introduction", person=first.pk)
    contact.refresh_from_db()
    models.ContactChange.objects.all().delete()
    say(heard_from="introduction", person=second.pk)
    noted = models.ContactChange.objects.filter(aspect="fields")
    concerned = {contact.pk, first.pk, second.pk}
    assert set(noted.values_list("contact_id", flat=True)) == concerned


def test_nobody_is_introduced_by_whom_they_introduced(say, contact):
    friend = factories.ContactFactory(introduced_by=contact)
    assert say(person=friend.pk).status_code == 200
    contact.refresh_from_db()
    assert contact.introduced_by is None


def test_the_second_of_two_people_is_told_and_keeps_their_words(say, contact):
    version = contact.version
    records.apply_values(contact, {"contact.given_name": "華子"}, by=None)
    response = say(channel="web", source="instagram", version=version)
    assert 'value="instagram"' in response.content.decode()
    assert not models.FirstTouch.objects.exists()
    again = response.context["form"]["version"].value()
    assert say(channel="web", source="instagram", version=again).status_code == 302


def test_saving_it_unchanged_writes_nothing(say):
    say()
    assert not models.Operation.objects.exists()

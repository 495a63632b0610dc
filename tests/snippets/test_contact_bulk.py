"""The screens that change many contacts: look, confirm, follow, take back."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from wagtail.users.models import UserProfile

from crm_plugin import queue
from crm_plugin.contacts import bulk, bulk_undo, values
from crm_plugin.models import BulkEdit, Contact
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BULK, INDEX = "crm_contact:bulk", "crm_contact:index"


@pytest.fixture
def as_owner(login, owner):
    return login(owner)


@pytest.fixture
def taste():
    definition = factories.AttributeFactory(key="taste", label="Taste")
    definition.choices.create(key="lunch", label="Lunch")
    return definition


def address(name, query="language=ja"):
    return f"{reverse(name)}?{query}"


def done():
    edit = BulkEdit.objects.get()
    queue.run_due(bulk.KIND, bulk_undo.KIND)
    return reverse("crm_contact:bulk_edit", args=[edit.public_id])


def test_the_list_leads_to_it_with_its_filters(as_owner, contact):
    text = as_owner.get(address(INDEX)).content.decode()
    assert address(BULK) in text


def test_it_says_how_many_and_shows_some_of_them(as_owner):
    contacts = factories.ContactFactory.create_batch(12)
    text = as_owner.get(address(BULK)).content.decode()
    assert ">12</strong>" in text
    assert "People with language:" in text
    assert contacts[-1].name in text
    assert f">{contacts[0].name}" not in text


def test_it_does_not_count_beyond_a_thousand(as_owner):
    Contact.objects.bulk_create(Contact(language="ja") for _ in range(1_100))
    text = as_owner.get(address(BULK, "language=ja&do=archive")).content.decode()
    assert "Change 1,000+ contacts" in text


def test_looking_changes_nothing(as_owner, contact):
    as_owner.get(address(BULK, "language=ja&do=archive"))
    assert not BulkEdit.objects.exists()


def test_the_button_changes_everybody_in_the_background(as_owner, owner, taste):
    contacts = factories.ContactFactory.create_batch(3)
    url = address(BULK, "language=ja&do=set:taste")
    assert "Set “Taste”" in as_owner.get(url).content.decode()
    answer = as_owner.post(url, {"value": "lunch"})
    edit = BulkEdit.objects.get()
    assert str(edit.public_id) in answer["Location"]
    assert "crm-progress" in as_owner.get(answer["Location"]).content.decode()
    shown = as_owner.get(done()).content.decode()
    assert "Taste: Lunch" in shown
    assert "3 contacts were changed." in shown
    assert len(values.current([one.pk for one in contacts], ["taste"])) == 3


def test_one_press_takes_it_back(as_owner, contact):
    as_owner.post(address(BULK, "language=ja&do=archive"))
    page = done()
    undo = reverse("crm_contact:bulk_undo", args=[BulkEdit.objects.get().public_id])
    assert undo in as_owner.get(page).content.decode()
    as_owner.post(undo)
    done()
    assert "Taken back: 1 contact is as it was." in as_owner.get(page).content.decode()
    contact.refresh_from_db()
    assert contact.archived_at is None
    assert as_owner.post(undo, follow=True).status_code == 200


def test_a_value_that_is_none_is_asked_for_again(as_owner, contact, taste):
    for said in ({}, {"value": "gone"}):
        url = address(BULK, "language=ja&do=set:taste")
        assert as_owner.post(url, said).status_code == 200
    assert not BulkEdit.objects.exists()


@pytest.mark.parametrize("query", ["", "do=archive", "stage=gone&do=archive", "q=Sato"])
def test_without_a_filter_nobody_is_changed(as_owner, contact, query):
    for answer in (
        as_owner.get(address(BULK, query)),
        as_owner.post(address(BULK, query)),
    ):
        assert answer["Location"] == reverse(INDEX)
    assert not BulkEdit.objects.exists()


def test_staff_may_not_archive_many(login, role, contact):
    client = login(role("staff"))
    text = client.get(address(BULK)).content.decode()
    assert 'value="owner"' in text
    assert 'value="archive"' not in text
    client.post(address(BULK, "language=ja&do=archive"))
    assert not BulkEdit.objects.exists()


def test_a_marketer_is_offered_segments_and_no_change_of_records(login, role, contact):
    client = login(role("marketer"))
    page = client.get(address(BULK)).content.decode()
    assert 'value="pick"' in page
    assert 'value="archive"' not in page
    assert 'value="owner"' not in page


def test_a_sensitive_change_does_not_exist_without_the_right(
    login, outsider, owner, contact, taste
):
    taste.sensitive = True
    taste.save()
    rule = [{"type": "language", "value": {"languages": ["ja"]}}]
    edit = bulk.start(rule, "set", definition=taste, value="lunch", by=owner)
    rights = ["view_contact", "change_contact"]
    outsider.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    client = login(outsider)
    for name in ("bulk_edit", "bulk_progress", "bulk_undo"):
        url = reverse(f"crm_contact:{name}", args=[edit.public_id])
        ask = client.post if name == "bulk_undo" else client.get
        assert ask(url).status_code == 404
    assert "Taste" not in client.get(address(BULK)).content.decode()
    listed = client.get(reverse("crm_contact:bulk_edits")).content.decode()
    assert "Taste" not in listed


def test_earlier_changes_are_listed(as_owner, contact):
    as_owner.post(address(BULK, "language=ja&do=owner"), {"value": "nobody"})
    page = done()
    assert page in as_owner.get(reverse("crm_contact:bulk_edits")).content.decode()


def test_the_history_of_a_contact_tells_it(as_owner, owner, contact):
    as_owner.post(address(BULK, "language=ja&do=owner"), {"value": owner.pk})
    done()
    text = as_owner.get(contact.get_admin_url()).content.decode()
    assert "Changed for many contacts at once" in text


def test_it_is_japanese_where_the_reader_is(as_owner, owner, contact):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    text = as_owner.get(address(BULK, "language=ja&do=archive")).content.decode()
    assert "件の顧客を変更" in text

"""The screens on which an editor says for whom a page is."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page, PageViewRestriction

from crm_plugin.personalisation import members
from crm_plugin.personalisation.models import MembersOnly, MemberView
from tests.factories import ContactFactory, SegmentFactory
from tests.site_tree import plant

pytestmark = pytest.mark.django_db
INDEX = "crm_members:index"


@pytest.fixture
def pages(db):
    return plant()


@pytest.fixture
def regulars(db):
    return SegmentFactory(key="regulars", name="Regulars", live=True)


@pytest.fixture
def rivals(db):
    return SegmentFactory(key="rivals", name="Rivals", live=True)


@pytest.fixture
def editor(client, role, pages):
    """A marketer who may publish the pages of the site."""
    user = role("marketer")
    publish = Permission.objects.get(codename="publish_page")
    change = Permission.objects.get(codename="change_page")
    for permission in (publish, change):
        GroupPagePermission.objects.create(
            group=Group.objects.get(name="Marketer"),
            page=Page.objects.get(pk=pages["front"].pk),
            permission=permission,
        )
    client.force_login(user)
    return client


def url(page):
    return reverse("crm_members:edit", args=[page.pk])


def test_an_editor_keeps_a_page_to_the_members_of_a_segment(
    editor, pages, regulars, rivals
):
    editor.post(
        url(pages["menu"]), {"segments": [regulars.pk], "excluded": [rivals.pk]}
    )
    rule = MembersOnly.objects.get()
    assert rule.restriction.page_id == pages["menu"].pk
    assert list(rule.segments.all()) == [regulars]
    assert list(rule.excluded.all()) == [rivals]
    html = editor.get(reverse(INDEX)).text
    assert "Menu" in html
    assert "Regulars" in html


def test_the_form_shows_what_stands(editor, pages, regulars):
    members.protect(pages["menu"], segments=[regulars], by=None)
    html = editor.get(url(pages["menu"])).text
    assert f'value="{regulars.pk}"' in html
    assert "checked" in html
    assert "Show it to everybody again" in html


def test_one_button_shows_it_to_everybody_again(editor, pages, regulars):
    members.protect(pages["menu"], segments=[regulars], by=None)
    editor.post(url(pages["menu"]), {"open": "1"})
    assert not PageViewRestriction.objects.exists()


def test_nobody_chosen_is_told_beside_the_field(editor, pages):
    html = editor.post(url(pages["menu"]), {}).text
    assert "Choose at least one segment." in html
    assert not MembersOnly.objects.exists()


def test_the_same_segment_in_and_out_is_told(editor, pages, regulars):
    data = {"segments": [regulars.pk], "excluded": [regulars.pk]}
    assert "let in and excluded at once" in editor.post(url(pages["menu"]), data).text
    assert not MembersOnly.objects.exists()


def test_a_page_that_is_private_otherwise_says_so(editor, pages, regulars):
    PageViewRestriction.objects.create(page=pages["menu"], restriction_type="login")
    html = editor.post(url(pages["menu"]), {"segments": [regulars.pk]}).text
    assert "private in another way" in html
    assert not MembersOnly.objects.exists()


def test_the_screen_tells_who_changed_it_for_whom_and_hides_what_is_sensitive(
    editor, pages, regulars, rivals
):
    secret = SegmentFactory(key="secret", name="Illness", live=True)
    type(secret).objects.filter(pk=secret.pk).update(reads_sensitive=True)
    members.protect(pages["menu"], segments=[secret], by=None)
    said = {"segments": [regulars.pk], "excluded": [rivals.pk]}
    editor.post(url(pages["menu"]), said)
    editor.post(url(pages["menu"]), {"open": "1"})
    html = editor.get(url(pages["menu"])).text
    assert "But not for members of: – → Rivals" in html
    assert "But not for members of: Rivals → –" in html
    assert "For members of: – → …" in html
    assert "Illness" not in html
    assert "marketer" in html


def test_older_changes_of_a_page_are_told_on_a_further_page(
    editor, pages, regulars, rivals
):
    for number in range(31):
        segment = rivals if number % 2 else regulars
        members.protect(pages["menu"], segments=[segment], by=None)
    answer = editor.get(url(pages["menu"]))
    older = answer.context["told"].older
    assert len(answer.context["told"]) == 30
    assert f"?changes_before={older}#told-changes" in answer.text
    answer = editor.get(url(pages["menu"]), {"changes_before": older})
    (oldest,) = answer.context["told"]
    assert oldest.lines == [("For members of", "– → Regulars")]


def test_what_was_changed_on_one_page_is_not_told_on_another(editor, pages, regulars):
    members.protect(pages["menu"], segments=[regulars], by=None)
    assert "What was changed" not in editor.get(url(pages["about"])).text


def test_a_type_without_the_mixin_says_so(editor, pages, regulars):
    plain = Page(title="Plain", slug="plain", locale=pages["menu"].locale)
    pages["menu"].add_child(instance=plain)
    assert "cannot be members" in editor.get(url(plain)).text
    assert "closed to all: page" in editor.get(url(pages["menu"])).text


def test_a_sensitive_segment_is_neither_offered_nor_lost(editor, pages, regulars):
    secret = SegmentFactory(key="secret", name="Illness", live=True)
    type(secret).objects.filter(pk=secret.pk).update(reads_sensitive=True)
    members.protect(pages["menu"], segments=[regulars, secret], by=None)
    assert "Illness" not in editor.get(url(pages["menu"])).text
    editor.post(url(pages["menu"]), {"segments": [regulars.pk]})
    assert secret in MembersOnly.objects.get().segments.all()


def test_whoever_may_not_set_the_privacy_of_a_page_finds_nothing(
    client, role, pages, regulars
):
    client.force_login(role("marketer"))
    assert client.get(url(pages["menu"])).status_code == 404
    client.post(url(pages["menu"]), {"segments": [regulars.pk]})
    assert not MembersOnly.objects.exists()


def test_the_root_of_all_pages_is_no_members_page(client, owner):
    client.force_login(owner)
    root = Page.objects.get(depth=1)
    assert client.get(url(root)).status_code == 404


def test_the_editor_of_a_page_leads_there(editor, pages):
    html = editor.get(reverse("wagtailadmin_pages:edit", args=[pages["menu"].pk])).text
    assert url(pages["menu"]) in html


def test_the_list_counts_what_was_seen_below(editor, pages, regulars):
    members.protect(pages["menu"], segments=[regulars], by=None)
    for name in ("menu", "lunch", "about"):
        MemberView.objects.create(
            contact=ContactFactory(), page_id=pages[name].pk, at=timezone.now()
        )
    assert "<td>2</td>" in editor.get(reverse(INDEX)).text


def test_an_empty_list_says_what_to_do(editor):
    assert "Open a page in the editor" in editor.get(reverse(INDEX)).text


def test_the_list_costs_the_same_for_many(
    editor, pages, regulars, django_assert_max_num_queries
):
    for name in ("menu", "about", "news"):
        members.protect(pages[name], segments=[regulars], by=None)
    with django_assert_max_num_queries(20):
        editor.get(reverse(INDEX))


def test_the_ledger_tells_who_saw_what(client, owner, pages, contact):
    view = members.note_view(
        pages["lunch"], contact.pk, "https://hinata.example/lunch/"
    )
    client.force_login(owner)
    listed = client.get(reverse("crm_ledgers_member-views_modeladmin_index")).text
    assert "Lunch" in listed
    assert str(contact) in listed
    one = reverse("crm_ledgers_member-views_modeladmin_inspect", args=[view.pk])
    assert "https://hinata.example/lunch/" in client.get(one).text

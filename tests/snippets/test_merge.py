"""Merging on the screens: find, look, choose, confirm, undo."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm_plugin import journal
from crm_plugin.contacts import search
from crm_plugin.contacts.duplicates import pairs
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.models import Contact, ContactValue, Operation, SuspectedPair
from tests import factories
from tests.permission_world import routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def pair(contact):
    """Hanako twice: with and without a given name, at two addresses."""
    Contact.objects.filter(pk=contact.pk).update(family_name="佐藤", given_name="")
    other = factories.ContactFactory(
        family_name="佐東", given_name="花子", email="hana@work.example"
    )
    contact.refresh_from_db()
    return contact, other


def preview(survivor, duplicate):
    query = f"?survivor={survivor.pk}&duplicate={duplicate.pk}"
    return reverse("crm_merge:preview") + query


def said(survivor, duplicate, **choices):
    """What the preview's form sends."""
    data = {f"choice-{name}": side for name, side in choices.items()}
    for side, contact in (("survivor", survivor), ("duplicate", duplicate)):
        data |= {side: contact.pk, f"{side}_version": contact.version}
    return data


def content(response):
    return response.content.decode()


class TestPreview:
    def test_it_shows_both_values_and_preselects_the_filled_one(self, staff, pair):
        page = content(staff.get(preview(*pair)))
        assert "佐東" in page
        assert 'name="choice-given_name" value="duplicate" checked' in page
        assert 'name="choice-family_name" value="survivor" checked' in page

    def test_it_counts_what_is_carried_over(self, staff, pair):
        factories.TouchpointFactory.create_batch(3, contact=pair[1])
        assert "<strong>3</strong> Touchpoints" in content(staff.get(preview(*pair)))

    def test_it_says_that_the_strictest_consent_wins(self, staff, pair):
        for contact, state in zip(pair, ("granted", "withdrawn"), strict=True):
            factories.ConsentFactory(
                point=contact.points.get(kind="email"), state=state
            )
        page = content(staff.get(preview(*pair)))
        assert "<strong>unsubscribed</strong>" in page

    def test_looking_changes_nothing(self, staff, pair):
        staff.get(preview(*pair))
        assert Contact.objects.count() == 2

    def test_the_other_one_may_stay_instead(self, staff, pair):
        page = content(staff.get(preview(*pair)))
        swapped = preview(pair[1], pair[0]).replace("&", "&amp;")
        assert swapped in page

    def test_sensitive_answers_are_not_shown_without_the_right(self, login, role, pair):
        allergies = factories.AttributeFactory(label="Allergies", sensitive=True)
        definition = {"definition": allergies, "text": "crab"}
        ContactValue.objects.create(owner=pair[1], **definition)
        user = role("marketer")
        user.user_permissions.add(permission("merge_contact"))
        page = content(login(user).get(preview(*pair)))
        assert "crab" not in page
        assert "Allergies" not in page

    def test_it_warns_where_somebody_said_that_they_are_not_the_same(
        self, staff, pair, owner
    ):
        say_no(*pair, by=owner)
        assert "not the same person" in content(staff.get(preview(*pair)))

    def test_a_record_with_itself_is_refused_in_words(self, staff, contact):
        page = staff.get(preview(contact, contact), follow=True)
        assert "one record already" in content(page)

    @pytest.mark.parametrize("asked", ["x", "9" * 30, "9" * 5_000, "-1", "1.5"])
    def test_an_id_that_is_none_leads_nowhere(self, staff, contact, asked):
        said = {"survivor": asked, "duplicate": contact.pk}
        assert staff.post(reverse("crm_merge:preview"), said).status_code == 404

    def test_nobody_without_the_right_opens_it(self, login, role, pair):
        answer = login(role("marketer")).get(preview(*pair))
        assert answer.status_code == 302
        assert answer["Location"] == "/admin/"

    @pytest.mark.parametrize("rows", [1, 60])
    def test_its_cost_does_not_grow_with_what_hangs_on_the_records(
        self, staff, pair, rows, django_assert_max_num_queries
    ):
        factories.TouchpointFactory.create_batch(rows, contact=pair[1])
        factories.PurchaseFactory.create_batch(rows, contact=pair[1])
        staff.get(preview(*pair))
        with django_assert_max_num_queries(50):
            staff.get(preview(*pair))


def say_no(one, two, *, by):
    lower, higher = sorted((one.pk, two.pk))
    pair = SuspectedPair.objects.create(lower_id=lower, higher_id=higher, score=0.9)
    pairs.dismiss(pair, by=by)


def permission(codename):
    return Permission.objects.get(codename=codename)


class TestMerging:
    def test_it_merges_as_chosen_and_offers_the_undo(self, staff, pair):
        survivor, duplicate = pair
        url = reverse("crm_merge:preview")
        answer = staff.post(url, said(*pair, family_name="duplicate"), follow=True)
        survivor.refresh_from_db()
        assert (survivor.family_name, survivor.given_name) == ("佐東", "花子")
        undo = reverse("crm_merge:undo", args=[Operation.objects.latest("pk").pk])
        assert undo in content(answer)
        assert answer.redirect_chain[-1][0] == survivor.get_admin_url()

    def test_somebody_edited_meanwhile_is_told(self, staff, pair):
        data = said(*pair, family_name="duplicate")
        Contact.objects.filter(pk=pair[1].pk).update(version=9, given_name="華子")
        page = content(staff.post(reverse("crm_merge:preview"), data))
        assert "while you were choosing" in page
        assert "華子" in page
        assert 'name="choice-family_name" value="duplicate" checked' in page
        assert Contact.objects.count() == 2

    def test_whoever_comes_second_is_led_to_the_survivor(self, staff, pair):
        data = said(*pair)
        merge_contacts(*pair, by=None)
        answer = staff.post(reverse("crm_merge:preview"), data, follow=True)
        assert "one record already" in content(answer)
        assert answer.redirect_chain[-1][0] == pair[0].get_admin_url()

    def test_it_goes_back_to_where_the_person_came_from(self, staff, pair):
        data = {**said(*pair), "next": "/admin/crm/"}
        answer = staff.post(reverse("crm_merge:preview"), data)
        assert answer["Location"] == "/admin/crm/"

    def test_a_form_without_versions_merges_nothing(self, staff, pair):
        data = {"survivor": pair[0].pk, "duplicate": pair[1].pk}
        staff.post(reverse("crm_merge:preview"), data)
        assert Contact.objects.count() == 2


class TestChoosing:
    def test_the_record_offers_it(self, staff, contact):
        page = content(staff.get(contact.get_admin_url()))
        assert reverse("crm_merge:choose", args=[contact.pk]) in page

    def test_whoever_looks_alike_is_offered_first(self, staff, contact):
        twin = factories.ContactFactory(phone="+819012345678", given_name="華")
        page = content(staff.get(reverse("crm_merge:choose", args=[contact.pk])))
        assert "same phone number" in page
        assert preview(contact, twin).replace("&", "&amp;") in page

    def test_whoever_is_not_the_same_is_not_offered(self, staff, contact, owner):
        twin = factories.ContactFactory(phone="+819012345678", given_name="華")
        say_no(contact, twin, by=owner)
        page = content(staff.get(reverse("crm_merge:choose", args=[contact.pk])))
        assert "same phone number" not in page

    def test_a_search_finds_the_other_record(self, staff, pair):
        search.refresh([pair[1].pk])
        url = reverse("crm_merge:choose", args=[pair[0].pk])
        page = content(staff.post(url, {"look_for": "hana@work"}))
        assert preview(*pair).replace("&", "&amp;") in page

    def test_a_search_without_a_hit_says_what_to_try(self, staff, contact):
        url = reverse("crm_merge:choose", args=[contact.pk])
        assert "Nobody found" in content(staff.post(url, {"look_for": "zzz"}))

    def test_past_merges_can_be_undone_from_here(self, staff, pair):
        operation = merge_contacts(*pair, by=None)
        page = content(staff.get(reverse("crm_merge:choose", args=[pair[0].pk])))
        assert reverse("crm_merge:undo", args=[operation.pk]) in page


class TestUndoing:
    @pytest.fixture
    def merged(self, pair):
        return merge_contacts(*pair, by=None)

    @pytest.fixture
    def url(self, merged):
        return reverse("crm_merge:undo", args=[merged.pk])

    def test_it_asks_first_and_says_what_stays(self, staff, url):
        page = content(staff.get(url))
        assert "stays with" in page
        assert Contact.objects.count() == 1

    def test_one_press_brings_both_back(self, staff, url, pair):
        answer = staff.post(url, follow=True)
        assert Contact.objects.count() == 2
        assert pair[1].get_admin_url() in content(answer)

    def test_what_was_edited_since_is_named(self, staff, pair):
        operation = merge_contacts(*pair, choices={"family_name": "duplicate"}, by=None)
        journal.edit(pair[0], {"family_name": "斉藤"}, by=None)
        url = reverse("crm_merge:undo", args=[operation.pk])
        assert "left as it is: Family name" in content(staff.post(url, follow=True))

    def test_a_later_merge_is_named_and_linked(self, staff, url, pair):
        later = merge_contacts(pair[0], factories.ContactFactory(), by=None)
        page = content(staff.get(url))
        assert "undo that merge first" in page
        assert reverse("crm_merge:undo", args=[later.pk]) in page

    def test_the_history_leads_to_the_undo(self, staff, url, pair):
        assert url in content(staff.get(pair[0].get_admin_url()))

    def test_an_old_address_leads_to_the_survivor(self, staff, merged, pair):
        survivor, duplicate = pair
        old = reverse("crm_contact:inspect", args=[duplicate.pk])
        assert staff.get(old)["Location"] == survivor.get_admin_url()
        edit = reverse("crm_contact:edit", args=[duplicate.pk])
        assert staff.get(edit).status_code == 200

    def test_every_screen_about_a_contact_is_found_by_the_old_id(
        self, login, owner, merged, pair
    ):
        survivor, duplicate = pair
        client, lost = login(owner), []
        for name, arguments in routes().items():
            about = name.startswith(("crm_contact:", "crm_call:", "crm_merge:choose"))
            key = "pk" if arguments == ("pk",) and about else "contact"
            if arguments != (key,):
                continue
            now, before = (
                client.get(reverse(name, kwargs={key: pk})).status_code
                for pk in (survivor.pk, duplicate.pk)
            )
            if before not in (now, 302):
                lost.append(name)
        assert lost == []

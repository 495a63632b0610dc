"""Places of people, departments and yearly values, edited from both records."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models
from crm_plugin.contacts import search, values, yearly
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def url(name, row):
    return reverse(f"crm_organisation:{name}", args=[row.pk])


def typed(place=None, **said):
    data = {"title": "", "department": "", "authority": "", "budget": "", "version": 1}
    if place:
        data |= {"title": place.title, "version": place.version}
    return {**data, **said}


class TestPlaces:
    def test_one_person_that_was_found_is_added(self, as_owner, hikari, contact):
        search.refresh([contact.pk])
        address = url("add_person", hikari)
        looked = typed(look_for="hanako@mail.example", do="look", title="課長")
        text = as_owner.post(address, looked).content.decode()
        assert f'value="{contact.pk}" checked' in text
        assert 'value="課長"' in text
        said = typed(
            contact=contact.pk, title="課長", authority="decides", budget="1,000,000"
        )
        assert as_owner.post(address, said).status_code == 302
        row = contact.affiliations.get()
        assert (row.title, row.authority, row.budget) == ("課長", "decides", 1_000_000)

    def test_nobody_chosen_is_said_beside_the_box(self, as_owner, hikari):
        text = as_owner.post(url("add_person", hikari), typed(title="課長"))
        assert "Find and choose a person first." in text.content.decode()
        assert hikari.affiliations.count() == 1

    def test_from_the_contact_an_organisation_is_named(self, as_owner, hikari, contact):
        address = reverse("crm_contact:add_place", args=[contact.pk])
        said = typed(organisation="ヒカリ㈱", department="営業部")
        assert as_owner.post(address, said).url == contact.get_admin_url()
        row = contact.affiliations.get()
        assert (row.organisation, row.department.name) == (hikari, "営業部")

    def test_who_left_stands_with_the_day_on_both_records(self, as_owner, place):
        day = timezone.localdate() - dt.timedelta(days=3)
        as_owner.post(
            url("end_place", place), {"ended_on": day.isoformat(), "version": 1}
        )
        for address in [
            place.contact.get_admin_url(),
            place.organisation.get_admin_url(),
        ]:
            text = as_owner.get(address).content.decode()
            assert f"left on {day:%m/%d/%Y}" in text

    def test_an_end_before_the_beginning_is_refused_beside_the_field(
        self, as_owner, place
    ):
        said = typed(place, started_on="2025-04-01", ended_on="2025-03-31")
        response = as_owner.post(url("edit_place", place), said)
        assert response.context["form"].errors == {
            "ended_on": ["This is before the day on which it began."]
        }
        assert "2025-03-31" in response.content.decode()

    def test_leaving_before_coming_is_refused_as_well(self, as_owner, place):
        models.Affiliation.objects.update(started_on="2025-04-01")
        response = as_owner.post(
            url("end_place", place), {"ended_on": "2025-03-31", "version": 1}
        )
        assert "ended_on" in response.context["form"].errors

    def test_the_second_of_two_people_is_told_and_keeps_their_words(
        self, as_owner, place
    ):
        stale = typed(place, title="mine")
        as_owner.post(url("edit_place", place), typed(place, title="theirs"))
        text = as_owner.post(url("edit_place", place), stale).content.decode()
        assert models.Affiliation.objects.get().title == "theirs"
        assert 'value="mine"' in text

    @pytest.mark.parametrize("day", ["0025-04-01", "20255-04-01", "soon"])
    @pytest.mark.parametrize("name", ["started_on", "ended_on"])
    def test_a_day_of_another_age_is_refused_beside_the_field(
        self, as_owner, place, name, day
    ):
        said = typed(place, **{name: day})
        response = as_owner.post(url("edit_place", place), said)
        assert list(response.context["form"].errors) == [name]
        assert day in response.content.decode()

    @pytest.mark.parametrize("budget", ["much", "-1", "1e30"])
    def test_a_budget_that_is_none_is_refused_beside_the_field(
        self, as_owner, place, budget
    ):
        response = as_owner.post(url("edit_place", place), typed(place, budget=budget))
        assert list(response.context["form"].errors) == ["budget"]

    def test_a_place_that_was_never_true_is_removed(self, as_owner, place):
        as_owner.get(url("remove_place", place))
        assert models.Affiliation.objects.exists()
        as_owner.post(url("remove_place", place))
        assert not models.Affiliation.objects.exists()

    def test_it_leads_back_to_where_one_came_from(self, as_owner, place):
        back = place.contact.get_admin_url()
        address = url("end_place", place)
        assert back in as_owner.get(address, {"next": back}).content.decode()
        said = {"ended_on": "2026-01-01", "version": 1, "next": back}
        assert as_owner.post(address, said).url == back

    def test_a_foreign_address_is_no_way_back(self, as_owner, place):
        said = {"ended_on": "2026-01-01", "version": 1, "next": "https://evil.example"}
        answer = as_owner.post(url("end_place", place), said)
        assert answer.url == place.organisation.get_admin_url()

    def test_a_new_contact_can_be_added_to_it(self, as_owner, hikari):
        address = reverse("crm_contact:add")
        text = as_owner.get(address, {"organisation": hikari.pk}).content.decode()
        assert 'value="株式会社ひかり"' in text

    def test_the_contact_form_leaves_places_to_the_record(self, as_owner, place):
        address = reverse("crm_contact:edit", args=[place.contact_id])
        text = as_owner.get(address).content.decode()
        assert "organisation__name" not in text
        assert "総務部長" in text


class TestDepartments:
    def test_one_is_added_renamed_and_removed(self, as_owner, hikari):
        as_owner.post(url("add_department", hikari), {"name": "営業部"})
        row = models.Department.objects.get()
        as_owner.post(url("edit_department", row), {"name": "営業一部"})
        assert models.Department.objects.get().name == "営業一部"
        as_owner.post(url("remove_department", row))
        assert not models.Department.objects.exists()

    def test_a_taken_name_is_refused_beside_the_field(self, as_owner, hikari):
        hikari.departments.create(name="営業部")
        answer = as_owner.post(url("add_department", hikari), {"name": "営業部"})
        assert list(answer.context["form"].errors) == ["name"]

    def test_removing_one_with_people_warns_first(self, as_owner, hikari, place):
        row = hikari.departments.create(name="営業部")
        models.Affiliation.objects.update(department=row)
        text = as_owner.get(url("remove_department", row)).content.decode()
        assert "People belong to “営業部”" in text
        assert "佐藤 花子" in text

    def test_its_attributes_stand_in_its_form_and_on_the_record(self, as_owner, hikari):
        factories.AttributeFactory(
            key="budget", label="Budget", type="number", describes="department"
        )
        said = {"name": "営業部", "attribute__budget": "５００，０００円"}
        as_owner.post(url("add_department", hikari), said)
        text = as_owner.get(hikari.get_admin_url()).content.decode()
        assert "Budget: 500,000" in text


class TestYears:
    def post(self, client, row, **said):
        return client.post(url("years", row), said)

    def test_several_years_are_written_at_once(self, as_owner, hikari, sales_per_year):
        this = timezone.localdate().year
        said = {f"y__sales__{this - n}": f"{n},000" for n in range(5)}
        self.post(as_owner, hikari, **said)
        stored = values.periods([hikari.pk], noun="organisation")[hikari.pk]["sales"]
        assert stored == {str(this - n): n * 1_000 for n in range(5)}

    def test_what_nobody_touched_stays_as_somebody_else_saved_it(
        self, as_owner, hikari, sales_per_year, owner
    ):
        year = str(timezone.localdate().year)
        yearly.save(hikari, {"sales": {year: 5}}, noun="organisation", by=owner)
        opened = {f"initial-y__sales__{year}": "", f"y__sales__{year}": ""}
        self.post(as_owner, hikari, **opened)
        assert models.OrganisationValue.objects.get().number == 5

    def test_an_earlier_year_gets_a_row(self, as_owner, hikari, sales_per_year):
        text = self.post(as_owner, hikari, do="another", another="2009")
        assert 'name="y__sales__2009"' in text.content.decode()
        self.post(as_owner, hikari, years="2009", y__sales__2009="9")
        assert models.OrganisationValue.objects.get().slot == "2009"

    def test_no_number_is_refused_beside_its_cell(
        self, as_owner, hikari, sales_per_year
    ):
        year = timezone.localdate().year
        answer = self.post(as_owner, hikari, **{f"y__sales__{year}": "many"})
        text = answer.content.decode()
        assert "“many” is not a number." in text
        assert 'value="many"' in text
        assert not models.OrganisationValue.objects.exists()

    def test_a_dated_attribute_is_not_in_the_plain_form(
        self, as_owner, hikari, sales_per_year
    ):
        text = as_owner.get(url("edit", hikari)).content.decode()
        assert "attribute__sales" not in text

    def test_a_contact_has_yearly_values_too(self, as_owner, contact):
        factories.AttributeFactory(
            key="visits", label="Visits", type="number", dated=True
        )
        address = reverse("crm_contact:years", args=[contact.pk])
        year = timezone.localdate().year
        as_owner.post(address, {f"y__visits__{year}": "4"})
        assert models.ContactValue.objects.get().slot == str(year)
        text = as_owner.get(contact.get_admin_url()).content.decode()
        assert address in text
        card = text.split('id="card-years"')[1].split("</section>")[0]
        assert str(year) in card
        assert "Visits" in card
        assert "Visits" not in text.split('id="card-about"')[1].split("</section>")[0]

    def test_without_dated_attributes_a_contact_is_not_asked(self, as_owner, contact):
        address = reverse("crm_contact:years", args=[contact.pk])
        assert address not in as_owner.get(contact.get_admin_url()).content.decode()

    def test_they_cost_the_same_for_many_years(self, as_owner, hikari, sales_per_year):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                assert as_owner.get(url("years", hikari)).status_code == 200
            return len(queries)

        cost()
        before = cost()
        said = {"sales": {str(year): 1 for year in range(2000, 2020)}}
        yearly.save(hikari, said, noun="organisation", by=None)
        assert cost() == before


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "said"),
        [("name", "名" * 10_000), ("phone", "内線 12"), ("website", "not a page")],
    )
    def test_it_is_refused_beside_the_field_and_kept(
        self, as_owner, hikari, name, said
    ):
        data = {"name": "みどり", "version": 1, name: said}
        answer = as_owner.post(reverse("crm_organisation:add"), data)
        assert list(answer.context["form"].errors) == [name]
        assert said in answer.content.decode()
        assert models.Organisation.objects.count() == 1

"""Rules about roles, organisations' attributes, years and age."""

import datetime as dt
from decimal import Decimal

import pytest

from crm_plugin import rules
from crm_plugin.contacts import values
from crm_plugin.models import CrmSettings
from crm_plugin.rules.blocks import RuleAdapter
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    assert rules.sentence(rule)
    return set(rules.compile_rule(rule, NOON))


def member(**place):
    contact = factories.ContactFactory()
    firm = place.pop("firm", None) or factories.OrganisationFactory()
    firm.affiliations.create(contact=contact, **place)
    return contact


class TestRoles:
    def test_decides_and_has_a_budget_of_a_million(self):
        boss = member(authority="decides", budget=1_000_000)
        member(authority="decides", budget=999_999)
        member(authority="uses", budget=2_000_000)
        rich = {"roles": ["decides"], "budget": Decimal(1_000_000)}
        assert chosen("affiliation", **rich) == {boss.pk}

    def test_both_must_be_true_of_one_place(self):
        contact = member(authority="decides", budget=5)
        firm = factories.OrganisationFactory()
        firm.affiliations.create(contact=contact, authority="uses", budget=2_000_000)
        rich = {"roles": ["decides"], "budget": Decimal(1_000_000)}
        assert chosen("affiliation", **rich) == set()

    def test_who_left_decides_no_more(self):
        member(authority="decides", ended_on=dt.date(2026, 2, 28))
        member(authority="decides", started_on=dt.date(2026, 3, 2))
        last_day = member(authority="decides", ended_on=dt.date(2026, 3, 1))
        assert chosen("affiliation", roles=["decides"]) == {last_day.pk}

    def test_title_and_department_are_found_in_part(self):
        firm = factories.OrganisationFactory()
        department = firm.departments.create(name="営業部")
        contact = member(firm=firm, title="営業部長", department=department)
        member(firm=firm, title="部長")
        assert chosen("affiliation", title="部長", department="営業") == {contact.pk}

    def test_an_empty_condition_is_a_problem(self):
        assert rules.problems([condition("affiliation", roles=[])])


@pytest.fixture
def employees(db):
    return factories.AttributeFactory(
        key="employees", type="number", describes="organisation"
    )


@pytest.fixture
def sales(db):
    return factories.AttributeFactory(
        key="sales", type="number", describes="organisation", dated=True
    )


def firm_with(**said):
    firm = factories.OrganisationFactory()
    values.write({firm.pk: said}, noun="organisation", by=None)
    return firm


def about(**value):
    return chosen("organisation_attribute", **value)


class TestOrganisations:
    def test_a_range_of_employees(self, employees):
        small = member(firm=firm_with(employees=9))
        middle = member(firm=firm_with(employees=50))
        member(firm=firm_with(employees=51))
        between = {"number": Decimal(10), "number_to": Decimal(50)}
        said = {"attribute": "employees", "operator": "between", **between}
        assert about(**said) == {middle.pk}
        few = {"operator": "at_most", "number": Decimal(9)}
        assert about(attribute="employees", **few) == {small.pk}

    def test_empty_is_about_those_who_have_an_organisation(self, employees):
        blank = member()
        member(firm=firm_with(employees=9))
        factories.ContactFactory()
        assert about(attribute="employees", operator="empty") == {blank.pk}

    def test_a_department_is_asked_as_well(self):
        factories.AttributeFactory(key="staff", type="number", describes="department")
        firm = factories.OrganisationFactory()
        department = firm.departments.create(name="営業部")
        values.write({department.pk: {"staff": 5}}, noun="department", by=None)
        inside = member(firm=firm, department=department)
        member(firm=firm)
        said = {"operator": "at_least", "number": Decimal(5)}
        assert about(attribute="staff", **said) == {inside.pk}

    def test_a_choice_of_the_industry(self):
        row = factories.AttributeFactory(key="industry", describes="organisation")
        row.choices.create(key="steel", label="Steel")
        contact = member(firm=firm_with(industry="steel"))
        ticked = {"operator": "one_of", "choices": ["industry:steel"]}
        assert about(attribute="industry", **ticked) == {contact.pk}

    def test_a_sensitive_one_is_known_as_such(self, employees):
        employees.sensitive = True
        employees.save()
        rule = [
            condition(
                "organisation_attribute", attribute="employees", operator="filled"
            )
        ]
        assert rules.reads_sensitive(rule)

    def test_of_a_dated_one_the_newest_counts(self, sales):
        contact = member(firm=firm_with(sales={"2024": 9, "2025": 1}))
        said = {"attribute": "sales", "number": Decimal(5)}
        assert about(operator="at_least", **said) == set()
        assert about(operator="at_most", **said) == {contact.pk}


class TestYears:
    @pytest.mark.parametrize(
        ("figures", "years", "grew"),
        [
            ({"2023": 1, "2024": 2, "2025": 3}, 2, True),
            ({"2023": 3, "2024": 2, "2025": 3}, 2, False),
            ({"2023": 3, "2024": 2, "2025": 3}, 1, True),
            ({"2024": 2, "2025": 3}, 2, False),
            ({"2022": 1, "2024": 2, "2025": 3}, 2, False),
            ({"2023": 1, "2024": 2, "2025": 2}, 1, False),
            ({"2022": 1, "2023": 2, "2024": 3, "2025": 1}, 2, False),
            ({str(year): year for year in range(2016, 2026)}, 9, True),
            ({"2023": 1, "2024": 2, "2025": 3, "first": 0}, 1, False),
        ],
    )
    def test_sales_grew_so_many_years_running(self, sales, figures, years, grew):
        contact = member(firm=firm_with(sales=figures))
        said = {"attribute": "sales", "operator": "grew", "years": years}
        assert about(**said) == ({contact.pk} if grew else set())

    def test_sales_fell(self, sales):
        contact = member(firm=firm_with(sales={"2023": 3, "2024": 2, "2025": 1}))
        member(firm=firm_with(sales={"2023": 1, "2024": 2, "2025": 3}))
        fell = {"operator": "fell", "years": 2}
        assert about(attribute="sales", **fell) == {contact.pk}

    def test_a_contact_has_years_too(self):
        factories.AttributeFactory(key="visits", type="number", dated=True)
        contact = factories.ContactFactory()
        values.write({contact.pk: {"visits": {"2024": 1, "2025": 2}}}, by=None)
        said = {"attribute": "visits", "operator": "grew", "years": 1}
        assert chosen("attribute", **said) == {contact.pk}

    def test_what_has_no_years_cannot_be_asked_that(self, employees):
        said = {"attribute": "employees", "operator": "grew", "years": 1}
        assert rules.problems([condition("organisation_attribute", **said)])

    def test_it_says_so(self, sales):
        said = {"attribute": "sales", "operator": "grew", "years": 2}
        words = rules.sentence([condition("organisation_attribute", **said)])
        assert "grew 2 years running" in words


class TestAge:
    @pytest.mark.parametrize(
        ("born", "inside"),
        [
            (dt.date(1996, 3, 1), True),
            (dt.date(1996, 3, 2), False),
            (dt.date(1986, 3, 2), True),
            (dt.date(1986, 3, 1), False),
            (dt.date(1996, 2, 29), True),
            (None, False),
        ],
    )
    def test_a_band_of_ages(self, born, inside):
        contact = factories.ContactFactory(birth_on=born)
        found = chosen("age", youngest=30, oldest=39)
        assert found == ({contact.pk} if inside else set())

    def test_one_end_is_enough_and_none_is_a_problem(self):
        old = factories.ContactFactory(birth_on=dt.date(1940, 1, 1))
        young = factories.ContactFactory(birth_on=dt.date(2010, 1, 1))
        assert chosen("age", youngest=65) == {old.pk}
        assert chosen("age", oldest=17) == {young.pk}
        assert rules.problems([condition("age")])
        assert rules.problems([condition("age", youngest=40, oldest=30)])


def test_conditions_on_organisations_leave_the_menu_for_consumers_only():
    def hidden():
        return set(RuleAdapter().js_args(rules.rule_block())[3]["crmHidden"])

    plans = {"plan", "plan_change", "anniversary", "picked", "score", "imported"}
    plans |= {"lost"}
    assert hidden() == plans
    contact = member()
    CrmSettings.objects.create(consumers_only=True)
    firms = {"organisation", "organisation_attribute", "affiliation"}
    assert hidden() == firms | plans
    assert chosen("organisation", state="any") == {contact.pk}

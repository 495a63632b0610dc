import pytest

from crm_plugin import journal
from crm_plugin.contacts import changed, departments, values
from crm_plugin.models import (
    Affiliation,
    ContactChange,
    Department,
    DepartmentValue,
    Operation,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(db):
    return factories.OrganisationFactory()


@pytest.fixture
def sales(firm, owner):
    factories.AttributeFactory(key="budget", type="number", describes="department")
    said = {"attribute.budget": 500_000}
    return departments.add(firm, "営業部", said, by=owner)


def test_a_department_has_attributes_of_its_own(sales):
    stored = values.current([sales.pk], ["budget"], noun="department")
    assert stored == {sales.pk: {"budget": 500_000}}


def test_two_of_one_name_are_refused(sales, firm, owner):
    with pytest.raises(departments.NameTaken):
        departments.add(firm, " 営業部 ", {}, by=owner)
    other = departments.add(firm, "総務部", {}, by=owner)
    with pytest.raises(departments.NameTaken):
        departments.edit(other, "営業部", {}, by=owner)


def test_a_new_name_is_told_in_the_history(sales, firm, owner):
    departments.edit(sales, "営業一部", {"attribute.budget": 9}, by=owner)
    assert Department.objects.get().name == "営業一部"
    (newest, *_rest) = changed.of_organisation(firm, limit=5, user=owner)
    assert ("Department", "営業部 → 営業一部") in newest.lines
    assert newest.lines[1][1] == "500,000 → 9"


def test_nothing_differs_nothing_is_written(sales, owner):
    assert (
        departments.edit(sales, "営業部", {"attribute.budget": 500_000}, by=owner)
        is None
    )


def test_removing_it_leaves_its_people_and_can_be_undone(sales, firm, contact, owner):
    place = firm.affiliations.create(contact=contact, department=sales)
    departments.remove(sales, by=owner)
    assert Affiliation.objects.get().department is None
    assert journal.undo(Operation.objects.latest("pk"), by=owner) == []
    place.refresh_from_db()
    assert place.department == Department.objects.get(name="営業部")
    assert DepartmentValue.objects.get().number == 500_000


@pytest.mark.parametrize("act", ["rename", "remove"])
def test_rules_that_ask_for_its_name_look_at_its_people_again(
    sales, firm, contact, owner, act
):
    firm.affiliations.create(contact=contact, department=sales)
    firm.affiliations.create(contact=factories.ContactFactory())
    ContactChange.objects.all().delete()
    if act == "rename":
        departments.edit(sales, "営業一部", {}, by=owner)
    else:
        departments.remove(sales, by=owner)
    told = ContactChange.objects.values_list("contact_id", "aspect")
    assert list(told) == [(contact.pk, "fields")]


def test_a_removed_department_is_still_told(sales, firm, owner):
    departments.remove(sales, by=owner)
    told = changed.of_organisation(firm, limit=5, user=owner)
    assert ("Department", "営業部 → –") in told[0].lines

import pytest

from crm_plugin import journal
from crm_plugin.contacts import changed, values, yearly
from crm_plugin.models import ContactChange, Operation, OrganisationValue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(db):
    return factories.OrganisationFactory()


@pytest.fixture
def sales(db):
    return factories.AttributeFactory(
        key="sales", label="Sales", type="number", describes="organisation", dated=True
    )


def periods(firm, user=None):
    found = values.periods([firm.pk], user=user, noun="organisation")
    return found.get(firm.pk, {})


def save(firm, by, **figures):
    said = {"sales": {year[1:]: value for year, value in figures.items()}}
    return yearly.save(firm, said, noun="organisation", by=by)


def test_years_stand_beside_each_other(firm, sales, owner):
    save(firm, owner, y2021=1, y2022=2, y2023=3, y2024=4, y2025=5)
    save(firm, owner, y2026=6)
    assert periods(firm)["sales"] == {str(2020 + n): n for n in range(1, 7)}


def test_one_year_is_corrected_and_one_removed(firm, sales, owner):
    save(firm, owner, y2024=4, y2025=5)
    save(firm, owner, y2024=None, y2025=50)
    assert periods(firm)["sales"] == {"2025": 50}


def test_the_same_again_writes_nothing(firm, sales, owner):
    save(firm, owner, y2025=5)
    assert save(firm, owner, y2025=5) is None


def test_the_newest_year_is_the_value(firm, sales, owner):
    save(firm, owner, y2025=5, y2024=4)
    current = values.current([firm.pk], ["sales"], noun="organisation")
    assert current == {firm.pk: {"sales": 5}}


def test_a_bare_value_is_this_years(firm, sales, owner, time_machine):
    time_machine.move_to("2026-02-03")
    values.write({firm.pk: {"sales": 7}}, noun="organisation", by=owner)
    assert periods(firm)["sales"] == {"2026": 7}


def test_it_is_told_with_its_year_and_undone(firm, sales, owner):
    save(firm, owner, y2025=5)
    (entry,) = changed.of_organisation(firm, limit=5, user=owner)
    assert entry.lines == [("Sales (2025)", "– → 5")]
    save(firm, owner, y2025=None)
    journal.undo(Operation.objects.latest("pk"), by=owner)
    assert periods(firm)["sales"] == {"2025": 5}


def test_people_hear_of_it(firm, sales, owner, contact):
    firm.affiliations.create(contact=contact)
    save(firm, owner, y2025=5)
    assert ContactChange.objects.get().contact_id == contact.pk


def test_sensitive_figures_are_neither_shown_nor_written_nor_told(
    firm, sales, owner, role
):
    save(firm, owner, y2025=5)
    sales.sensitive = True
    sales.save()
    marketer = role("marketer")
    assert periods(firm, marketer) == {}
    assert changed.of_organisation(firm, limit=5, user=marketer) == []
    save(firm, marketer, y2025=6)
    assert OrganisationValue.objects.get().number == 5


def test_a_corrected_figure_can_be_put_back(firm, sales, owner):
    save(firm, owner, y2025=5)
    save(firm, owner, y2025=6)
    assert journal.undo(Operation.objects.latest("pk"), by=owner) == []
    assert periods(firm)["sales"] == {"2025": 5}

import pytest

from crm_plugin.segments import impact
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = [condition("language", languages=["en"])]


def test_a_small_number_is_exact(owner):
    factories.ContactFactory.create_batch(3, language="en")
    assert impact.preview(ENGLISH, user=owner).figure == impact.Figure(3)


def test_a_large_number_is_estimated_by_a_probe(owner, monkeypatch):
    monkeypatch.setattr(impact, "EXACT", 4)
    monkeypatch.setattr(impact, "PROBE", 20)
    factories.ContactFactory.create_batch(40, language="en")
    figure = impact.preview(ENGLISH, user=owner).figure
    assert figure.exact is False
    assert figure.count >= 4


def test_the_sample_holds_ten_names_at_most(owner):
    factories.ContactFactory.create_batch(12, language="en")
    assert len(impact.preview(ENGLISH, user=owner).sample) == 10


def test_who_may_not_see_contacts_gets_the_number_without_names(outsider):
    factories.ContactFactory(language="en")
    found = impact.preview(ENGLISH, user=outsider)
    assert found.figure.count == 1
    assert found.sample == []


def test_a_new_segment_has_no_movements(owner):
    factories.ContactFactory(language="en")
    found = impact.preview(ENGLISH, user=owner)
    assert found.entering.figure.count == 0


def test_a_preview_asks_as_much_for_many_as_for_few(owner, django_assert_num_queries):
    factories.ContactFactory.create_batch(3, language="en")
    impact.preview(ENGLISH, user=owner)
    with django_assert_num_queries(3):
        impact.preview(ENGLISH, user=owner)
    factories.ContactFactory.create_batch(20, language="en")
    with django_assert_num_queries(3):
        impact.preview(ENGLISH, user=owner)

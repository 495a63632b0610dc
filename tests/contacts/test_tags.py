import pytest

from crm_plugin import merge_tags
from crm_plugin.contacts import records

pytestmark = pytest.mark.django_db


def test_a_new_attribute_is_a_merge_tag_at_once(contact, occasion):
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    filled = merge_tags.values_for([contact.pk], ["attribute.occasion"], language="ja")
    assert filled[contact.pk] == {"attribute.occasion": "家族"}


def test_a_sensitive_attribute_is_never_a_merge_tag(contact, allergies):
    assert "attribute.allergies" not in merge_tags.tags()


def test_an_attribute_that_became_sensitive_is_filled_no_more(contact, occasion):
    records.apply_values(contact, {"attribute.occasion": "family"}, by=None)
    occasion.sensitive = True
    occasion.save()
    filled = merge_tags.values_for([contact.pk], ["attribute.occasion"], language="ja")
    assert not filled[contact.pk].get("attribute.occasion")

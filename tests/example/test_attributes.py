"""What Hinata asks of its guests can be asked of them in a rule, by who may read it."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm_plugin import rules
from crm_plugin.contacts import fields, records
from crm_plugin.models import AttributeDefinition
from crm_plugin.segments.ready_made import condition
from example.content.attributes import build_attributes
from tests import factories

pytestmark = pytest.mark.django_db
AT_HOME = {
    "attribute.family": "お子さまと同居",
    "attribute.household": "3〜4人",
    "attribute.income": "400〜700万円",
}

SHOWN = {
    "attribute.family": "Children at home",
    "attribute.household": "Three or four",
    "attribute.income": "4 to 7 million yen",
}


@pytest.fixture(autouse=True)
def asked(db):
    """What Hinata asks for."""
    build_attributes([("lunch", "Lunch", "ランチ"), ("dinner", "Dinner", "ディナー")])


def found(key, **said):
    rule = [condition("attribute", attribute=key, **said)]
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule))


def test_a_family_is_known_by_who_lives_there_and_how_many():
    parent, couple = factories.ContactFactory.create_batch(2)
    records.apply_values(parent, AT_HOME, by=None)
    pair = {"attribute.family": ["couple"], "attribute.household": "Two"}
    records.apply_values(couple, pair, by=None)
    children = {"operator": "one_of", "choices": ["family:children"]}
    many = ["household:three-four", "household:five-more"]
    assert found("family", **children) == {parent.pk}
    assert found("household", operator="one_of", choices=many) == {parent.pk}
    family = AttributeDefinition.objects.get(key="family")
    assert (family.label, family.label_ja) == ("Family", "ご家族")


def test_what_is_asked_about_the_home_is_sensitive_and_says_what_for():
    keys = [name.partition(".")[2] for name in AT_HOME]
    rows = AttributeDefinition.objects.filter(key__in=keys)
    assert len(rows) == len(keys)
    assert all(row.sensitive and row.purpose for row in rows)


@pytest.mark.parametrize("reads", [False, True])
def test_marketers_read_none_of_income_and_family(client, role, owner, contact, reads):
    records.apply_values(contact, AT_HOME, by=None)
    user = owner if reads else role("marketer")
    user.user_permissions.add(Permission.objects.get(codename="export_contact"))
    client.force_login(user)
    index = reverse("crm_contact:index")
    record = client.get(contact.get_admin_url()).content.decode()
    listed = client.get(index).content.decode()
    file = client.get(index, {"export": "csv"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig")
    assert contact.family_name in lines
    mappable = {field.name for field in fields.mappable(user)}
    for name, words in SHOWN.items():
        assert (name in mappable) is reads
        assert (words in record) is reads
        assert (words in lines) is reads
        assert (f'name="a_{name.partition(".")[2]}"' in listed) is reads


def test_not_stated_is_an_answer_that_a_rule_finds():
    silent, unasked = factories.ContactFactory.create_batch(2)
    records.apply_values(silent, {"attribute.sex": "回答しない"}, by=None)
    assert found("sex", operator="one_of", choices=["sex:not-stated"]) == {silent.pk}
    assert found("sex", operator="filled") == {silent.pk}
    assert found("sex", operator="empty") == {unasked.pk}

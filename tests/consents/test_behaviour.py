import pytest

from crm_plugin.consents import behaviour, rebuild
from crm_plugin.consents.models import Consent, ConsentEvent
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.touchpoints import history
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def say(contact, *answers):
    for yes in answers:
        behaviour.note([behaviour.Choice(contact.pk, yes, wording=1)])


def actions():
    return list(ConsentEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_yes_that_stands_is_not_said_again(contact):
    say(contact, True, True)
    assert actions() == ["grant"]


def test_a_no_after_a_yes_withdraws_it(contact):
    say(contact, True, False, False, True)
    assert actions() == ["grant", "withdraw", "grant"]


def test_a_no_without_a_yes_leaves_no_trace_of_the_person(contact):
    say(contact, False)
    assert actions() == []


def test_it_names_no_address_and_changes_no_consent(contact):
    say(contact, True)
    event = ConsentEvent.objects.get()
    assert (event.address_hash, event.channel) == ("", "web")
    assert not Consent.objects.exists()
    assert rebuild.differences() == []


def test_after_a_merge_the_last_word_of_both_counts(contact):
    other = ContactFactory()
    say(other, True)
    merge_contacts(contact, other, by=None)
    say(contact, True)
    assert actions() == ["grant"]


def test_many_choices_cost_as_many_statements_as_few(django_assert_max_num_queries):
    people = ContactFactory.create_batch(30)
    with django_assert_max_num_queries(12):
        behaviour.note(behaviour.Choice(each.pk, True) for each in people)
    assert len(actions()) == 30


def test_the_history_says_it_in_words(contact, owner):
    say(contact, True)
    titles = [entry.title for entry in history.story(contact, user=owner)]
    assert "Consent to noting visits to the site: granted" in titles

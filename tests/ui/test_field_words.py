"""What somebody is told that the record says now: names only of what they may see."""

import pytest
from django import forms

from crm_plugin.models import Contact
from crm_plugin.snippets.contacts.origin import OriginForm
from crm_plugin.snippets.deals.forms import DealForm
from crm_plugin.ui.field_words import in_words
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class ChooseForm(forms.Form):
    who = forms.ModelChoiceField(Contact.objects.all())

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user


@pytest.fixture
def firm(db):
    return factories.OrganisationFactory(name="Hikari")


@pytest.mark.parametrize(
    ("form", "name"),
    [(OriginForm, "person"), (DealForm, "contact"), (ChooseForm, "who")],
)
def test_a_person_is_named_to_whoever_may_see_them(
    form, name, contact, owner, outsider
):
    said = {"initial": {name: contact.pk}}
    assert in_words(form(user=owner, **said), name) == str(contact)
    assert in_words(form(user=outsider, **said), name) == "…"
    assert in_words(form(user=owner), name) == "–"


def test_an_organisation_is_too(firm, owner, outsider):
    said = {"initial": {"organisation": firm.pk}}
    assert in_words(DealForm(user=owner, **said), "organisation") == "Hikari"
    assert in_words(DealForm(user=outsider, **said), "organisation") == "…"


def test_a_form_that_knows_no_reader_names_nobody(contact):
    assert in_words(ChooseForm(initial={"who": contact.pk}), "who") == "…"

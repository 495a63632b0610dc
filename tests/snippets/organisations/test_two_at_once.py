import pytest
from django.urls import reverse

from crm_plugin.contacts import organisations
from crm_plugin.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_second_of_two_is_told_and_loses_nothing(as_owner, hikari, owner):
    page = reverse("crm_organisation:edit", args=[hikari.pk])
    seen = hikari.version
    organisations.edit(hikari, {"phone": "0166-11-1111"}, {}, by=owner)
    typed = {"name": hikari.name, "address": "Midori 1-2-3", "version": seen}
    answer = as_owner.post(page, typed)
    text = answer.content.decode()
    assert "Midori 1-2-3" in text
    assert "0166-11-1111" in text
    stored = Organisation.objects.get(pk=hikari.pk)
    assert (stored.phone, stored.address) == ("0166-11-1111", "")
    again = answer.context["form"]["version"].value()
    as_owner.post(page, {**typed, "phone": "0166-11-1111", "version": again})
    stored.refresh_from_db()
    assert (stored.phone, stored.address) == ("0166-11-1111", "Midori 1-2-3")


def test_who_saves_in_the_same_moment_is_told_what_the_other_saved(
    as_owner, hikari, owner, monkeypatch
):
    """The other commits between the reading of the record and its writing."""
    edit = organisations.edit

    def late(row, *args, **kwargs):
        other = Organisation.objects.get(pk=row.pk)
        edit(other, {"phone": "0166-11-1111"}, {}, by=owner)
        return edit(row, *args, **kwargs)

    monkeypatch.setattr(organisations, "edit", late)
    page = reverse("crm_organisation:edit", args=[hikari.pk])
    typed = {"name": hikari.name, "version": hikari.version, "address": "Midori 1"}
    answer = as_owner.post(page, typed)
    assert "0166-11-1111" in dict(answer.context["theirs"]).values()

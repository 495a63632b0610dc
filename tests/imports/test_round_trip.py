"""What was exported can be imported again, and changes nothing."""

import pytest
from django.urls import reverse
from django.utils import translation
from wagtail.users.models import UserProfile

from crm_plugin.imports.models import ImportRow
from crm_plugin.models import Contact

from . import sheets

pytestmark = pytest.mark.django_db
TRICKY = [
    ["=1+1", "g1@mail.example", "+81 90-1234-5678", "@SUM(A1)", "'=2"],
    ["鈴木 花子", "g2@mail.example", "090-0000-0001", 'line, with "quotes"', "-5"],
    ["O'Neil Ann", "g3@mail.example", "0166123456", "＝1＋1", "+1"],
]


def export(client, file_format):
    url = reverse("crm_contact:index")
    response = client.get(url, {"export": file_format})
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_of_contacts_imports_as_no_change(
    wizard, client, owner, occasion, file_format, language
):
    wizard.all()
    headers = ["氏名", "メール", "電話", "備考", "会員番号"]
    wizard.all(sheets.csv_bytes(TRICKY, headers=headers), "tricky.csv")
    before = list(Contact.objects.order_by("pk").values())
    client.force_login(owner)
    UserProfile.objects.create(user=owner, preferred_language=language)
    with translation.override(language):
        data = export(client, file_format)
        batch = wizard.check(wizard.upload(data, f"c.{file_format}"), update=True)
    others = ImportRow.objects.filter(batch=batch).exclude(outcome="same")
    assert [(row.number, row.cleaned, row.problems) for row in others] == []
    wizard.apply(batch)
    assert list(Contact.objects.order_by("pk").values()) == before


def test_a_name_that_looks_like_a_formula_is_kept_as_it_is(wizard, client, owner):
    data = sheets.csv_bytes([["=1+1", "g@mail.example"]], headers=["氏名", "メール"])
    wizard.all(data, "x.csv")
    client.force_login(owner)
    text = export(client, "csv").decode("utf-8-sig")
    assert "'=1+1" in text
    assert Contact.objects.get().name == "=1+1"

"""What a sheet says of people on record is noted where somebody reads it."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin import models
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def batch(contact):
    """A checked sheet: somebody on record, somebody new, one row of no use."""
    for key, sensitive in (("allergies", True), ("tea", False)):
        factories.AttributeFactory(key=key, type="text", sensitive=sensitive)
    mapping = {"0": "attribute.allergies", "1": "attribute.tea"}
    batch = models.ImportBatch.objects.create(
        noun="contacts",
        file_name="guests.csv",
        headers=["Allergies", "Tea"],
        mapping=mapping,
        state="checked",
        counts={"update": 2, "new": 1, "double": 1},
    )
    changes = {"attribute.allergies": ["", "peanuts"], "attribute.tea": ["", "green"]}
    rows = [
        ("update", contact.pk, {"changes": changes}),
        ("new", None, {"changes": changes}),
        ("double", contact.pk, {}),
        ("update", 987_654, {"changes": changes}),
    ]
    for number, (outcome, pk, cleaned) in enumerate(rows, start=2):
        batch.rows.create(
            number=number,
            raw=["peanuts", "green"],
            outcome=outcome,
            target_id=pk,
            cleaned=cleaned,
        )
    return batch


def told():
    rows = models.SensitiveView.objects.order_by("id")
    return list(rows.values_list("contact", "by__username", "keys", "screen"))


def at(view, batch):
    return reverse(f"crm_import:{view}", args=[batch.public_id])


def test_who_reads_the_dry_run_is_noted_for_people_on_record(
    batch, client, owner, contact
):
    client.force_login(owner)
    assert "peanuts" in client.get(at("batch", batch)).content.decode()
    assert told() == [(contact.pk, "owner", "allergies", "claim")]


def test_who_takes_the_rows_that_were_left_out_is_noted(batch, client, owner, contact):
    client.force_login(owner)
    b"".join(client.get(at("left_out", batch)))
    assert told() == [(contact.pk, "owner", "allergies", "export")]


def test_who_opens_a_row_of_the_ledger_is_noted(batch, client, owner, contact):
    client.force_login(owner)
    name = "crm_ledgers_import-rows_modeladmin_inspect"
    for row in batch.rows.order_by("number"):
        page = client.get(reverse(name, args=[row.pk])).content.decode()
        assert "peanuts" in page
    line = (contact.pk, "owner", "allergies", "claim")
    assert told() == [line, line]


def test_a_sheet_without_anything_sensitive_notes_nothing(batch, client, owner):
    models.AttributeDefinition.objects.update(sensitive=False)
    client.force_login(owner)
    client.get(at("batch", batch))
    b"".join(client.get(at("left_out", batch)))
    assert told() == []


def test_a_cell_that_is_hidden_does_not_stand_for_a_name(batch, client):
    importer = User.objects.create_user("importer")
    rights = ["access_admin", "import_contact"]
    importer.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(importer)
    page = client.get(at("batch", batch)).content.decode()
    assert "green" in page
    assert "peanuts" not in page
    assert told() == []


def test_where_nothing_is_sensitive_the_cells_are_read_for_the_sheet_only(
    batch, client, owner
):
    models.AttributeDefinition.objects.update(sensitive=False)
    client.force_login(owner)
    with CaptureQueriesContext(connection) as queries:
        b"".join(client.get(at("left_out", batch)))
    told = [query["sql"] for query in queries.captured_queries]
    assert len([sql for sql in told if '"raw"' in sql]) == 1

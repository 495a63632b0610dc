"""Whatever stands in a sheet: a row is used or refused, never a crash or a script."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin.imports import headers, nouns
from crm_plugin.imports.contact_rows import decoded, encoded
from crm_plugin.imports.purchase_rows import moment, receipt_key
from crm_plugin.imports.resources import SheetResource

from . import sheets

pytestmark = pytest.mark.django_db
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELLS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9０-９\-/:.年月日時 ]{0,20}", fullmatch=True),
    st.sampled_from(
        ["", "M-1", "a@mail.example", "はい", "返品", "2025/04/01", "1e999"]
    ),
)


def cleaned(noun, cells):
    fields = nouns.fields_for(noun, None)
    mapping = {str(index): field.name for index, field in enumerate(fields)}
    known = nouns.named(noun, mapping.values())
    return known, SheetResource(mapping, known).clean_cells(cells)


@QUICK
@given(cells=st.lists(CELLS, min_size=25, max_size=25))
@pytest.mark.parametrize("noun", ["contacts", "purchases"])
def test_staged_values_come_back_as_they_were_cleaned(noun, cells):
    known, (values, more, _problems) = cleaned(noun, cells)
    assert decoded(encoded(values), known) == values
    encoded(more)


@QUICK
@given(cells=st.lists(CELLS, min_size=11, max_size=11))
def test_every_readable_sale_has_a_moment_and_a_key(cells):
    _known, (values, _more, _problems) = cleaned("purchases", cells)
    if "sale.on" in values or "sale.at" in values:
        assert moment(values).tzinfo is not None
        assert 0 < len(receipt_key(values)) <= 80


@QUICK
@given(names=st.lists(st.text(max_size=40), max_size=12))
def test_any_headings_are_guessed_without_a_double(names):
    fields = nouns.fields_for("contacts", None)
    mapping = headers.guess(names, fields, noun="contacts")
    once = [name for name in mapping.values() if name not in nouns.REPEATABLE]
    assert len(once) == len(set(once))


@pytest.mark.parametrize("bomb", ["(", "【", "()", "＊", "郵便"])
def test_no_heading_is_slow_to_guess(bomb):
    fields = nouns.fields_for("contacts", None)
    before = time.process_time()
    headers.guess([bomb * (30_000 // len(bomb))], fields, noun="contacts")
    assert time.process_time() - before < 2


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}",
    "javascript:alert(1)",
]


def test_no_cell_becomes_markup(wizard, client, staff):
    rows = [[text, f"g{n}@mail.example", text] for n, text in enumerate(PAYLOADS)]
    rows.append(["<b>bad</b>", "<i>no address</i>", "<script>x</script>"])
    data = sheets.csv_bytes(rows, headers=["<b>氏名</b>", "メール", "備考"])
    batch = wizard.check(wizard.upload(data, "<script>.csv"))
    client.force_login(staff)
    for page in ("", "columns/", "basis/", "apply/"):
        text = client.get(
            f"/admin/crm/imports/{batch.public_id}/{page}"
        ).content.decode()
        for raw in ("<script>alert", "<script>x", "<img src=x", "<b>氏名", "<i>no"):
            assert raw not in text
    wizard.apply(batch)
    text = client.get(f"/admin/crm/imports/{batch.public_id}/").content.decode()
    assert "<script>.csv" not in text

import pytest

from crm_plugin import queue
from crm_plugin.imports import applying, checking, reading, undoing
from crm_plugin.imports.models import ImportBatch
from tests import factories

from . import sheets


@pytest.fixture(autouse=True)
def no_breath(monkeypatch):
    monkeypatch.setattr(checking, "BREATH", 0)


@pytest.fixture
def staff(role):
    return role("staff")


@pytest.fixture
def topic(db):
    return factories.TopicFactory()


class Wizard:
    """Goes through the steps as the screens and the command do."""

    def __init__(self, by):
        self.by = by

    def upload(self, data=None, name="guests.xlsx", *, noun="contacts"):
        batch = reading.take_in(
            sheets.guests() if data is None else data, name, noun=noun, by=self.by
        )
        return self.run(batch, reading.KIND)

    def check(self, batch, *, basis="none", topic=None, **options):
        batch.basis, batch.topic = basis, topic
        batch.options = {**batch.options, **options}
        batch.save()
        checking.start_check(batch, by=self.by)
        return self.run(batch, checking.KIND)

    def apply(self, batch):
        applying.start_apply(batch, by=self.by)
        return self.run(batch, applying.KIND)

    def undo(self, batch):
        undoing.start_undo(batch, by=self.by)
        return self.run(batch, undoing.KIND)

    def all(self, data=None, name="guests.xlsx", *, noun="contacts", **choices):
        return self.apply(self.check(self.upload(data, name, noun=noun), **choices))

    def till(self, data=None, **choices):
        data = sheets.till() if data is None else data
        return self.all(data, "pos.csv", noun="purchases", **choices)

    @staticmethod
    def run(batch, kind):
        queue.run_due(kind)
        batch = ImportBatch.objects.get(pk=batch.pk)
        work = queue.Work.objects.get(kind=kind, key=str(batch.pk))
        assert work.state == "done", work.error
        return batch


@pytest.fixture
def wizard(staff):
    return Wizard(staff)


@pytest.fixture
def occasion(db):
    attribute = factories.AttributeFactory(
        key="occasion", label="Occasion", label_ja="ご利用シーン", type="choice"
    )
    for key, label in (("family", "家族"), ("business", "ビジネス")):
        attribute.choices.create(key=key, label=key.title(), label_ja=label)
    return attribute

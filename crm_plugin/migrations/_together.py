"""Many new tables at once: models are rendered once, not anew for every table."""

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import CreateModel


class Together(Operation):
    """Operations on models that are all new here, as one.

    For each operation Django renders every model that is related to any other: with a
    hundred related models that takes most of a first ``migrate``. Here all operations
    change the state first, it is rendered once, and each table is made as the state says
    in the end, with the fields, indexes and constraints of the operations behind its
    ``CreateModel``.
    """

    def __init__(self, operations: list[Operation]) -> None:
        made = {one.name_lower for one in operations if isinstance(one, CreateModel)}
        for one in operations:
            of = getattr(one, "model_name_lower", getattr(one, "name_lower", ""))
            if of not in made:
                raise ValueError(f"Together makes new models only: {one.describe()}")
        self.operations = operations

    def deconstruct(self) -> tuple[str, list, dict]:
        return self.__class__.__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.clear_delayed_apps_cache()
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for operation in self._tables:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for operation in reversed(self._tables):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    @property
    def _tables(self) -> list[Operation]:
        return [made for made in self.operations if isinstance(made, CreateModel)]

    def describe(self) -> str:
        return f"Create {len(self._tables)} models"

"""Whom the filters of the list choose: a rule, whatever screen asks."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property

from crm_plugin import rules

from .filters import ContactFilterSet, Said, filterset_for


class Choice:
    """The filters in an address, as *user* may use them."""

    def __init__(self, data: QueryDict, user: Any) -> None:
        self.data, self.user = data, user

    @classmethod
    def of(cls, request: HttpRequest) -> "Choice":
        """Filters stand in the address also where a form is posted to it."""
        return cls(request.GET, request.user)

    @cached_property
    def filters(self) -> ContactFilterSet:
        return filterset_for(self.user, told="rule" in self.data)(self.data)

    @property
    def refused(self) -> bool:
        """Whether a filter cannot be read; such a choice chooses nobody."""
        return not self.filters.is_valid()

    @property
    def rule(self) -> Said:
        return [] if self.refused else self.filters.rule

    @cached_property
    def tree(self) -> rules.Group:
        return rules.parse(self.rule)

    @property
    def sentence(self) -> str:
        return rules.sentence(self.tree) if self.rule else ""

    @property
    def problems(self) -> list[str]:
        """What is wrong with filters that cannot be read, in words."""
        return [
            f"{self.filters.form[name].label}: {' '.join(map(str, found))}"
            for name, found in self.filters.form.errors.items()
            if name in self.filters.form.fields
        ]

    def among(self, contacts: QuerySet, *, probe: bool = True) -> tuple[QuerySet, bool]:
        """Those of *contacts* who are chosen, and whether they are many for sure.

        Whoever narrows them further need not *probe* whether they are many.
        """
        if self.refused:
            return contacts.none(), False
        if not self.rule:
            return contacts, False
        try:
            found = rules.select(contacts, self.tree, probe=probe)
        except rules.BrokenRule:
            # Such as an age that nobody can be: it chooses nobody.
            return contacts.none(), False
        return found.contacts, found.many

    @property
    def asked(self) -> str:
        """The filters in use as the query of an address."""
        return self._used.urlencode()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters in use as hidden inputs of a form."""
        return [
            (name, value) for name, values in self._used.lists() for value in values
        ]

    @cached_property
    def _used(self) -> QueryDict:
        """What the address says of filters; nothing else of the list's."""
        used = QueryDict(mutable=True)
        names = [
            name
            for field in self.filters.form.fields
            for name in self.data
            if name == field or name.startswith(f"{field}_")
        ]
        for name in dict.fromkeys(names):
            values = [value for value in self.data.getlist(name) if value]
            if values:
                used.setlist(name, values)
        return used

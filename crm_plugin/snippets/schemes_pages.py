"""What the pages about schemes share: who may read them, and the form."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.segments.models import Segment, SegmentScheme

from .desk import DeskView

NEEDS = ("view_segment",)
RIGHTS = ("crm_plugin.add_segment", "crm_plugin.publish_segment")


class SchemeForm(forms.ModelForm):
    class Meta:
        model = SegmentScheme
        fields = ["name", "name_ja", "description"]


class SchemePage(DeskView):
    """What the pages about schemes share."""

    needs = NEEDS
    header_icon = "group"
    page_title = gettext_lazy("Groups without overlap")

    @property
    def may_change(self) -> bool:
        return self.request.user.has_perms(RIGHTS)

    def refuse(self) -> None:
        if not self.may_change:
            raise PermissionDenied

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_segment:list"), "label": _("Segments")}]


class OneScheme(SchemePage):
    @cached_property
    def scheme(self) -> SegmentScheme:
        rows = SegmentScheme.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @property
    def classes(self) -> list[Segment]:
        """Its classes in order; who may not see one does not see it here either."""
        visible = Segment.objects.visible_to(self.request.user)
        return list(visible.filter(scheme=self.scheme).in_order())

    def get_parents(self) -> list[dict[str, str]]:
        here = {"url": reverse("crm_scheme:index"), "label": str(SchemePage.page_title)}
        return [*super().get_parents(), here]


def page_of(scheme: SegmentScheme) -> str:
    return reverse("crm_scheme:scheme", args=[scheme.pk])

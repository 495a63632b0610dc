"""Where a score is in use: the rules of segments, campaigns and pages."""

from django.db.models import Model
from wagtail.models import ReferenceIndex

from .models import Score


class ScoreInUse(ValueError):
    """The score is asked for by ``places``; it is neither deleted nor switched off."""

    def __init__(self, places: list[Model]) -> None:
        self.places = places
        super().__init__(f"in use at {len(places)} places")


def places(score: Score) -> list[Model]:
    """The objects whose rules ask for the score, from Wagtail's reference index."""
    found = ReferenceIndex.get_grouped_references_to(score)
    return [place for place, _references in found if place is not None]


def refuse_in_use(score: Score) -> None:
    """Raise ``ScoreInUse`` where something asks for the score."""
    if found := places(score):
        raise ScoreInUse(found)

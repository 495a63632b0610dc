"""Where a figure leads: lists that ask for permission again."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def contact_list(**filters: str) -> str:
    """The contact list with *filters*, or nothing where a host site has none."""
    try:
        address = reverse("crm_contact:index")
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(filters)}" if filters else address

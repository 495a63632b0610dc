"""What a merge of two contacts does to the deals that both are involved in."""

from crm_plugin.contacts.merge.joining import Merging

from .models import DealPerson


def join_deal_people(merging: Merging) -> None:
    """One row per deal: the survivor's, unless it says less than the other."""
    own, other = merging.rows(DealPerson, "contact")
    known = {row.deal_id: row for row in own}
    both = [row for row in other if row.deal_id in known]
    for row in both:
        mine = known[row.deal_id]
        if mine.role == DealPerson.Role.OTHER:
            merging.edit(mine, role=row.role)
    merging.take_out(DealPerson, both)

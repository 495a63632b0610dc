"""What the admin shows of the CRM: this module registers, nothing more."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, SubmenuMenuItem
from wagtail.snippets.models import register_snippet

from .forms.editor_views import FormViewSet
from .imports.viewset import ImportViewSet
from .personalisation import picks
from .personalisation.reading import remember_page
from .reports.after_purchase import NotFollowedUpViewSet
from .reports.home import HomeViewSet, add_owed_panel
from .reports.views import ReportViewSet
from .segments.models.segment import REFUSED
from .snippets.attributes import AttributeViewSet
from .snippets.bookable import ResourceViewSet, ServiceViewSet
from .snippets.bookings import BookingViewSet
from .snippets.call import CallViewSet
from .snippets.campaigns import CampaignViewSet
from .snippets.choosers import DeleteVisible
from .snippets.claims import ClaimViewSet
from .snippets.contacts import ContactViewSet
from .snippets.counter import CounterViewSet
from .snippets.deals import DealViewSet
from .snippets.deals.stages import DealStageViewSet, LostReasonViewSet
from .snippets.deliveries import DeliveryViewSet
from .snippets.duplicates import DuplicateViewSet
from .snippets.evidence import EvidenceViewSet
from .snippets.finder import FinderViewSet
from .snippets.inquiries import InquiryViewSet
from .snippets.ledger_consents import ConsentLedger
from .snippets.ledger_deliveries import DeliveryLedger
from .snippets.ledger_import_rows import ImportRowLedger
from .snippets.ledger_members import MemberViewLedger
from .snippets.ledger_sensitive import SensitiveViewLedger
from .snippets.ledger_touchpoints import TouchpointLedger
from .snippets.locked import refuse_locked
from .snippets.members_pages import MembersViewSet, members_button
from .snippets.merge import MergeViewSet
from .snippets.messages import MessageViewSet
from .snippets.notes import TouchpointViewSet
from .snippets.organisations import OrganisationViewSet
from .snippets.plans import PlanPeriodViewSet, PlanViewSet
from .snippets.products import ProductCategoryViewSet, ProductViewSet
from .snippets.promoted import PromotedViewSet
from .snippets.purchases import PurchaseViewSet
from .snippets.schemes import SchemeViewSet
from .snippets.scores import ScoreViewSet
from .snippets.segments import SegmentViewSet
from .snippets.segments_in_use import refuse_deleting, refuse_unpublishing
from .snippets.senders import SenderViewSet
from .snippets.settings import SettingsViewSet
from .snippets.submissions import SubmissionViewSet
from .snippets.today import TodayViewSet
from .snippets.topics import TopicViewSet
from .ui.script_words import tell_scripts

# Viewsets join a menu with ``menu_hook = "register_crm_menu_item"`` and ``menu_order``.
crm_menu = Menu(register_hook_name="register_crm_menu_item")
settings_menu = Menu(register_hook_name="register_crm_settings_menu_item")
ledger_menu = Menu(register_hook_name="register_crm_ledger_menu_item")


@hooks.register("register_log_actions")
def tell_what_was_refused(actions):
    text = _("Not published at its time: it would have rested on itself")
    actions.register_action(REFUSED, _("Refuse to publish"), text)


@hooks.register("register_admin_menu_item")
def register_crm_menu() -> SubmenuMenuItem:
    return SubmenuMenuItem(_("CRM"), crm_menu, name="crm", icon_name="group", order=150)


@hooks.register("register_crm_menu_item")
def register_crm_settings_menu() -> SubmenuMenuItem:
    return SubmenuMenuItem(
        _("CRM settings"),
        settings_menu,
        name="crm-settings",
        icon_name="cog",
        order=900,
    )


@hooks.register("register_crm_menu_item")
def register_crm_ledger_menu() -> SubmenuMenuItem:
    return SubmenuMenuItem(
        _("Ledgers"), ledger_menu, name="crm-ledgers", icon_name="list-ul", order=950
    )


hooks.register("register_admin_viewset", lambda: TodayViewSet())
hooks.register("register_admin_viewset", lambda: InquiryViewSet())
hooks.register("register_admin_viewset", lambda: BookingViewSet())
hooks.register("register_admin_viewset", lambda: TouchpointViewSet())
hooks.register("register_admin_viewset", lambda: ServiceViewSet())
hooks.register("register_admin_viewset", lambda: ResourceViewSet())
hooks.register("register_admin_viewset", lambda: ReportViewSet())
hooks.register("register_admin_viewset", lambda: NotFollowedUpViewSet())
hooks.register("register_admin_viewset", lambda: PurchaseViewSet())
hooks.register("register_admin_viewset", lambda: DealViewSet())
hooks.register("register_admin_viewset", lambda: CounterViewSet())
hooks.register("register_admin_viewset", lambda: DealStageViewSet())
hooks.register("register_admin_viewset", lambda: LostReasonViewSet())
hooks.register("register_admin_viewset", lambda: FinderViewSet())
hooks.register("register_admin_viewset", lambda: ProductViewSet())
hooks.register("register_admin_viewset", lambda: ProductCategoryViewSet())
hooks.register("register_admin_viewset", lambda: PlanViewSet())
hooks.register("register_admin_viewset", lambda: PlanPeriodViewSet())
register_snippet(CampaignViewSet)
hooks.register("register_admin_viewset", lambda: DeliveryViewSet())
hooks.register("register_admin_viewset", lambda: HomeViewSet())
hooks.register("construct_homepage_panels", add_owed_panel)
hooks.register("insert_global_admin_js", tell_scripts)
hooks.register("register_admin_viewset", lambda: ContactViewSet())
hooks.register("register_admin_viewset", lambda: MergeViewSet())
hooks.register("register_admin_viewset", lambda: CallViewSet())
hooks.register("register_admin_viewset", lambda: DuplicateViewSet())
hooks.register("register_admin_viewset", lambda: ClaimViewSet())
hooks.register("register_admin_viewset", lambda: OrganisationViewSet())
hooks.register("register_admin_viewset", lambda: AttributeViewSet())
hooks.register("register_admin_viewset", lambda: SettingsViewSet())
register_snippet(SegmentViewSet)
hooks.register("register_admin_viewset", lambda: ScoreViewSet())
hooks.register("register_admin_viewset", lambda: SchemeViewSet())
hooks.register("before_delete_snippet", refuse_locked)
hooks.register("before_unpublish", refuse_locked)
hooks.register("before_delete_snippet", refuse_deleting)
hooks.register("before_unpublish", refuse_unpublishing)
hooks.register("register_bulk_action", DeleteVisible, order=10)
hooks.register("register_admin_viewset", lambda: FormViewSet())
hooks.register("register_admin_viewset", lambda: ImportViewSet())
hooks.register("register_admin_viewset", lambda: SubmissionViewSet())
hooks.register("register_admin_viewset", lambda: TopicViewSet())
hooks.register("register_admin_viewset", lambda: EvidenceViewSet())
hooks.register("register_admin_viewset", lambda: SenderViewSet())
register_snippet(MessageViewSet)

hooks.register("before_serve_page", remember_page)
hooks.register("register_admin_viewset", lambda: MembersViewSet())
hooks.register("register_page_header_buttons", members_button)
if picks.installed():
    hooks.register("register_admin_viewset", lambda: PromotedViewSet())

for ledger in (
    DeliveryLedger,
    ConsentLedger,
    ImportRowLedger,
    TouchpointLedger,
    SensitiveViewLedger,
    MemberViewLedger,
):
    ledger().register_with_wagtail()

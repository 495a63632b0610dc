"""Three roles that most shops need; a site may change them as any Wagtail group."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

ALL = "view add change delete"
EDIT = "view add change"

STAFF = {
    EDIT: "contact organisation contactpoint touchpoint inquiry"
    " followup booking waitingentry purchase purchaseline deal importbatch submission claim",
    ALL: "department affiliation planperiod",
    "view change": "delivery suspectedpair preference",
    "view": "segment segmentmembership consent consentevent topic"
    " service resource product productcategory plan dealstage lostreason importrow"
    " attributedefinition work stageperiod use campaign mailing response score",
}
MARKETER = {
    ALL: "segment score campaign version",
    EDIT: "attributedefinition attributechoice servicemessage topic",
    "view change": "delivery",
    "view": "contact organisation contactpoint touchpoint inquiry followup booking"
    " waitingentry purchase response consent consentevent preference mailing sender"
    " segmentmembership product productcategory plan planperiod deal dealstage lostreason"
    " service work stageperiod use",
}
OWNER = {
    ALL: "contact organisation department affiliation contactpoint touchpoint inquiry"
    " followup booking waitingentry purchase purchaseline deal importbatch submission"
    " claim segment score"
    " campaign version attributedefinition attributechoice servicemessage topic sender"
    " service serviceslot resource product productcategory plan planperiod dealstage"
    " lostreason",
    "view": "segmentmembership response consent consentevent mailing"
    " importrow work stageperiod use operation change suppression sensitiveview"
    " memberview",
    "view change": "crmsettings delivery suspectedpair preference",
}
PUBLISHING = (
    "publish_segment lock_segment unlock_segment"
    " publish_campaign lock_campaign unlock_campaign"
)
SPECIAL = {
    "Owner": "export_contact export_consentevent import_contact merge_contact"
    f" view_sensitive launch_campaign {PUBLISHING}",
    "Marketer": f"launch_campaign {PUBLISHING}",
    "Staff": "import_contact merge_contact view_sensitive",
}
ROLES = {"Owner": OWNER, "Marketer": MARKETER, "Staff": STAFF}
ACCESS = "access_admin"


def codenames(role: str) -> set[str]:
    """The permission code names of *role*, without the app label."""
    names = set(SPECIAL[role].split())
    for verbs, models in ROLES[role].items():
        names |= {
            f"{verb}_{model}" for verb in verbs.split() for model in models.split()
        }
    return names


def ensure_roles() -> list[Group]:
    """Make the groups that are missing and add the rights they lack; takes none away."""
    known = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
    for role in ROLES:
        if role not in known:
            known[role] = Group.objects.create(name=role)
    wanted = {role: {*codenames(role), ACCESS} for role in ROLES}
    rights = Permission.objects.filter(
        Q(
            content_type__app_label="crm_plugin",
            codename__in=set().union(*wanted.values()),
        )
        | Q(content_type__app_label="wagtailadmin", codename=ACCESS)
    )
    held = set(
        Group.permissions.through.objects.filter(
            group__in=known.values(), permission__in=rights
        ).values_list("group__name", "permission__codename")
    )
    missing = [
        Group.permissions.through(group=known[role], permission=right)
        for right in rights
        for role in ROLES
        if right.codename in wanted[role] and (role, right.codename) not in held
    ]
    Group.permissions.through.objects.bulk_create(missing, ignore_conflicts=True)
    return [known[role] for role in ROLES]

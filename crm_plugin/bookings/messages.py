"""The messages about bookings that staff can edit; each carries a calendar entry."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from crm_plugin.delivery.messages import CONFIRM, REFERENCE, Kind, register

from . import ics

RECEIVED, MOVED, CANCELLED = "booking_received", "booking_moved", "booking_cancelled"
REMINDER = "booking_reminder"
THANKS = "booking_thanks"
WAITING, PLACE_FREE = "waiting_received", "waiting_place"

WISH = {
    **REFERENCE,
    "service": _("service"),
    "when": _("day and time"),
    "party": _("number of people"),
    "phone": _("phone"),
}
BOOKING = {
    **WISH,
    "price": _("price"),
    "manage_url": _("See, move or cancel"),
}

register(
    Kind(
        RECEIVED,
        gettext_noop("Booking received"),
        gettext_noop("Your booking on {{ when }} ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Your booking stands: {{ service }}, {{ when }}, for {{ party }}. Your "
            "reference number is {{ reference }}.\n\n"
            "Price: {{ price }}\n\n"
            "{{ confirm_reason }}\n{{ confirm_url }}\n\n"
            "To look at it, to move or to cancel it:\n{{ manage_url }}\n\n"
            "Or call us: {{ phone }}\n\n"
            "We look forward to seeing you."
        ),
        {**BOOKING, **CONFIRM},
        attach=ics.for_message,
    )
)
register(
    Kind(
        MOVED,
        gettext_noop("Booking changed"),
        gettext_noop("Your booking is now on {{ when }} ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Your booking {{ reference }} was changed. It is now: {{ service }}, "
            "{{ when }}, for {{ party }}.\n\n"
            "Price: {{ price }}\n\n"
            "To look at it, to move or to cancel it:\n{{ manage_url }}\n\n"
            "If this is a mistake, please call us: {{ phone }}"
        ),
        BOOKING,
        attach=ics.for_message,
    )
)
register(
    Kind(
        CANCELLED,
        gettext_noop("Booking cancelled"),
        gettext_noop("Your booking on {{ when }} is cancelled ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Your booking {{ reference }} ({{ service }}, {{ when }}) is cancelled.\n\n"
            "If this is a mistake, please call us: {{ phone }}"
        ),
        WISH,
        attach=ics.for_message,
    )
)
register(
    Kind(
        REMINDER,
        gettext_noop("Booking reminder"),
        gettext_noop("See you on {{ when }} ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "This is to remind you of your booking: {{ service }}, {{ when }}, for "
            "{{ party }}.\n\n"
            "Should you not be able to come, please tell us here, so that somebody "
            "else can have the place:\n{{ manage_url }}\n\n"
            "Or call us: {{ phone }}\n\n"
            "We look forward to seeing you."
        ),
        BOOKING,
        attach=ics.for_message,
    )
)
register(
    Kind(
        THANKS,
        gettext_noop("Thanks after a visit"),
        gettext_noop("Thank you for coming: {{ service }}"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Thank you for being with us on {{ when }} ({{ service }}).\n\n"
            "How was it? Please tell us:\n{{ feedback_url }}\n\n"
            "We would be glad to see you again:\n{{ booking_url }}\n\n"
            "Or call us: {{ phone }}"
        ),
        {
            **WISH,
            "feedback_url": _("Tell us how it was"),
            "booking_url": _("Book again"),
        },
        resend=False,
    )
)
register(
    Kind(
        WAITING,
        gettext_noop("On the waiting list"),
        gettext_noop("You are on the waiting list for {{ when }} ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "You are on the waiting list: {{ service }}, {{ when }}, for {{ party }}. "
            "We write to you as soon as a place gets free. Nothing is booked yet.\n\n"
            "{{ confirm_reason }}\n{{ confirm_url }}\n\n"
            "No longer needed? Here you can leave the list:\n{{ list_url }}\n\n"
            "Or call us: {{ phone }}"
        ),
        {**WISH, **CONFIRM, "list_url": _("Look at my place on the list")},
    )
)
register(
    Kind(
        PLACE_FREE,
        gettext_noop("A place got free"),
        gettext_noop("A place got free on {{ when }} ({{ reference }})"),
        gettext_noop(
            "Hello {{ salutation }},\n\n"
            "Good news: a place got free for {{ service }}, {{ when }}, for "
            "{{ party }}. It is not held: who takes it first has it.\n"
            "{{ take_url }}\n\n"
            "The link works until {{ until }}.\n\n"
            "Or call us: {{ phone }}"
        ),
        {
            **WISH,
            "take_url": _("Take the place"),
            "until": _("how long the link works"),
        },
    )
)

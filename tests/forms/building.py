"""Form pages for tests, built from rows as an editor would."""

from example import models
from tests.site_tree import put_live

KINDS = {
    "inquiry": (models.InquiryPage, models.InquiryFormField),
    "catering": (models.CateringPage, models.CateringFormField),
    "sign_up": (models.SignUpPage, models.SignUpFormField),
    "feedback": (models.FeedbackPage, models.FeedbackFormField),
    "other": (models.FormPage, models.PlainFormField),
    "booking": (models.BookingPage, models.BookingFormField),
}
EMAIL = {"label": "E-mail", "field_type": "email", "maps_to": "point.email"}


def field(label, field_type, maps_to="", *, required=False, **more):
    return {
        "label": label,
        "field_type": field_type,
        "maps_to": maps_to,
        "required": required,
        **more,
    }


def build(root, *rows, kind="inquiry", slug="form", **page):
    """A published form page below *root* with these rows."""
    model, field_model = KINDS[kind]
    made = model(title="A form", slug=slug, locale=root.locale, **page)
    root.add_child(instance=made)
    for order, row in enumerate(rows):
        field_model.objects.create(page=made, sort_order=order, **row)
    return put_live(made)

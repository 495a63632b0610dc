"""The pages of Hinata, a restaurant in a small town."""

from .form_pages import (
    BookingFormField,
    BookingPage,
    InquiryFormField,
    InquiryPage,
    SignUpFormField,
    SignUpPage,
)

__all__ = [
    "BookingFormField",
    "BookingPage",
    "InquiryFormField",
    "InquiryPage",
    "SignUpFormField",
    "SignUpPage",
]

import pytest

from tests.delivery.sink import Sink, start


@pytest.fixture
def sink(settings):
    """Mail leaves through a real SMTP server on the loopback, without a pace."""
    sink = Sink()
    controller, port = start(sink)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_TIMEOUT = 5
    settings.CRM_SEND_PER_MINUTE = 0
    yield sink
    controller.stop()

"""Settings for a real server: everything secret comes from the environment."""

import os

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import DEMO_SECRET_KEY, SECRET_KEY

if SECRET_KEY == DEMO_SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: the example's key is for the demo only")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Browsers remember that the site speaks HTTPS: an hour first, a year once all is well.
SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "3600"))
# Behind a proxy that ends TLS, tell Django which header says so, then redirect here.
SECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT") == "1"
if os.environ.get("BEHIND_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

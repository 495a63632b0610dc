"""Settings of the example site; every deployment choice comes from the environment.

``DATABASE_URL``, ``REDIS_URL`` and ``EMAIL_URL`` move the same code from one laptop
to PostgreSQL, Redis and a real mail server; without them everything is local.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlparse

import dj_database_url

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("EXAMPLE_VAR", ROOT / "var"))
DEBUG = False
DEMO_SECRET_KEY = "example-site-only-not-for-production"  # noqa: S105
SECRET_KEY = os.environ.get("SECRET_KEY", DEMO_SECRET_KEY)
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost 127.0.0.1").split()
ROOT_URLCONF = "example.urls"
WSGI_APPLICATION = "example.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "example",
    "crm_plugin",
    "wagtail_modeladmin",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.simple_translation",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "import_export",
    "django_q",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "example.middleware.PageLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "crm_plugin.personalisation.middleware.PersonalisationMiddleware",
    "crm_plugin.forms.middleware.GoneFormMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
        # As much as a large site needs; a small one never uses it.
        " PRAGMA cache_size=-131072; PRAGMA mmap_size=2147418112;"
        " PRAGMA secure_delete=ON;"
    ),
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'hinata.sqlite3'}",
        conn_max_age=60,
    )
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS

REDIS_URL = os.environ.get("REDIS_URL", "")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": os.environ.get("REDIS_PREFIX", "hinata"),
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "example_cache",
        }
    }

AUTHENTICATION_BACKENDS = ["example.logins.ExampleBackend"]

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
LOCALE_PATHS = [ROOT / "site" / "example" / "locale", ROOT / "templates" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
# A long rule, or page, is a form of many fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
CRM_PRIVATE_ROOT = VAR / "private"

_email = urlparse(os.environ.get("EMAIL_URL", "smtp://127.0.0.1:8025"))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _email.hostname or "127.0.0.1"
EMAIL_PORT = _email.port or 25
EMAIL_HOST_USER = unquote(_email.username or "")
EMAIL_HOST_PASSWORD = unquote(_email.password or "")
EMAIL_USE_SSL = _email.scheme == "smtps"
EMAIL_USE_TLS = _email.scheme == "smtp+tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = "Hinata <hello@hinata.example>"
MAILBOX_DIR = VAR / "mailbox"
EXAMPLE_MAILBOX = False

WAGTAIL_SITE_NAME = "Hinata"
WAGTAILADMIN_BASE_URL = os.environ.get("BASE_URL", "http://localhost:8000")
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# The plugin's one settings block (see docs/settings.md).
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "crm": {
        "BACKEND": "crm_plugin.queue.DjangoQBackend",
        "QUEUES": [],
    },
}
CSRF_FAILURE_VIEW = "crm_plugin.forms.refused.not_sent"
CRM_LAUNCH_GRACE_SECONDS = int(os.environ.get("CRM_LAUNCH_GRACE_SECONDS", "60"))
CRM_LINK_KEY = os.environ.get("CRM_LINK_KEY", "")
Q_CLUSTER = {
    "name": "crm",
    "orm": "default",
    "workers": int(os.environ.get("CRM_WORKERS", "1")),
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 90,
    "retry": 300,
    "max_attempts": 3,
    "ack_failures": False,
    "catch_up": False,
    "poll": 0.5,
    "recycle": 200,
    "save_limit": 50,
    "label": "CRM queue",
}
if REDIS_URL and os.environ.get("CRM_BROKER") == "redis":
    Q_CLUSTER.pop("orm")
    Q_CLUSTER["redis"] = REDIS_URL

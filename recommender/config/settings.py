"""All settings, read from the environment; feeds/guide_pages/configuration.md describes each variable."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from kombu import Exchange, Queue

from recommender.categories import known_code

from . import environment
from .cache import MAX_ENTRIES
from .private_files import FILE_MODE, FOLDER_MODE, make_private

VERSION = "0.1.0"
BASE_DIR = Path(__file__).resolve().parent.parent.parent
CONFIG_DIR = Path(__file__).resolve().parent
DATA_DIR = environment.path("PAPERBOY_DATA_DIR", BASE_DIR / "var")
make_private(DATA_DIR)
REDIS_URL = environment.url("REDIS_URL", "", ("redis", "rediss", "unix"))
SITE_URL = environment.url("PAPERBOY_SITE_URL", "http://localhost:8000", ("http", "https")).rstrip("/")
HTTPS = SITE_URL.startswith("https://")

DEBUG = environment.boolean("PAPERBOY_DEBUG", False)
SECRET_KEY = environment.secret("PAPERBOY_SECRET_KEY", DATA_DIR / "secret_key")
ALLOWED_HOSTS = environment.words(
    "PAPERBOY_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", str(urlsplit(SITE_URL).hostname)]
)

# --- metrics

METRICS = environment.boolean("PAPERBOY_METRICS", False)
METRICS_TOKEN = environment.token("PAPERBOY_METRICS_TOKEN")
METRICS_DIR = DATA_DIR / "metrics"
if METRICS:
    environment.require_package("PAPERBOY_METRICS", "prometheus_client", "metrics")
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # read when prometheus_client is imported

# --- parts

INSTALLED_APPS = [
    "accounts",
    "recommender",
    "feeds",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "feeds.http.authentication.RefuseForeignTokens",
    "feeds.health.probes.Probes",
    "feeds.health.probes.Metrics",
    "recommender.config.request_ids.RequestIds",
    "feeds.http.body_length.RequireLength",
    *(["feeds.health.metrics.Measured"] if METRICS else []),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "feeds.http.conditional.Compression",
    "feeds.http.conditional.ConditionalAnswers",
    "feeds.http.rate_limits.RateLimits",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "feeds.http.rate_limits.PageLimits",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "feeds.http.idempotency.RefuseUnusedKeys",
]

ROOT_URLCONF = "recommender.config.urls"
WSGI_APPLICATION = "recommender.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CONFIG_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# --- storage

DATABASES = {"default": environment.database("DATABASE_URL", DATA_DIR / "paperboy.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "recommender.config.cache.FallbackRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "paperboy",
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": MAX_ENTRIES},
    }
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "models": environment.storage(  # with PostgreSQL the database, which all machines share
        "PAPERBOY_MODEL_STORAGE",
        "folder" if "sqlite3" in DATABASES["default"]["ENGINE"] else "database",
        DATA_DIR / "model-archives",
    ),
}
FILE_UPLOAD_PERMISSIONS = FILE_MODE  # Django's storages set a mode, 0644 by default, whatever the umask
FILE_UPLOAD_DIRECTORY_PERMISSIONS = FOLDER_MODE
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [CONFIG_DIR / "static"]

# --- readers

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {"signup": "feeds.web.forms.sign_up.SignUpForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Paperboy] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_RATE_LIMITS = {
    "digest_now": "3/h/user",
    "digest_subscribe": "10/h/ip",
    "digest_confirm": "3/d/key",
    "signup": "20/m/ip,200/d/ip",
    "reset_password": "20/m/ip,5/m/key,20/d/key",
}  # in addition to those of allauth for signing in
SIGN_UPS_PER_DAY = environment.integer("PAPERBOY_SIGN_UPS_PER_DAY", 1000, 0, 1_000_000)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_SIGNUP_REDIRECT_URL = ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/welcome/"
EMAIL_FROM_DEFAULT = f"paperboy@{urlsplit(SITE_URL).hostname}"
DEFAULT_FROM_EMAIL = environment.env.str("PAPERBOY_FROM_EMAIL", EMAIL_FROM_DEFAULT)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
globals().update(environment.email("EMAIL_URL", DATA_DIR / "mail"))
EMAIL_TIMEOUT = environment.integer("PAPERBOY_EMAIL_TIMEOUT", 20, 1, 600)
MAILS_PER_MINUTE = environment.integer("PAPERBOY_MAILS_PER_MINUTE", 600, 0, 1_000_000)
MAILS_PER_MINUTE_AND_PROVIDER = environment.integer("PAPERBOY_MAILS_PER_MINUTE_AND_PROVIDER", 120, 0, 1_000_000)
MAIL_PROVIDER = environment.mail_provider("PAPERBOY_MAIL_PROVIDER")
ANYMAIL: dict[str, str] = {}
if MAIL_PROVIDER:
    INSTALLED_APPS.append("anymail")
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
    ANYMAIL = environment.prefixed("ANYMAIL_")
TOKEN_LIFETIME = timedelta(days=90)
REST_KNOX = {
    "TOKEN_MODEL": "accounts.AuthToken",
    "TOKEN_PREFIX": "pb_",
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": TOKEN_LIFETIME,
    "AUTO_REFRESH": False,
}
KNOX_TOKEN_MODEL = "accounts.AuthToken"  # noqa: S105 - the name of a model

MIGRATION_MODULES = {"knox": None}  # its own table would be unused and break `flush`

# --- the API

HF_COMPATIBLE = environment.boolean("PAPERBOY_HF_COMPATIBLE", True)
RATE_READ = environment.integer("PAPERBOY_RATE_READ", 1200, 1, 1_000_000)
RATE_WRITE = environment.integer("PAPERBOY_RATE_WRITE", 300, 1, 1_000_000)
VOTES_PER_DAY = environment.integer("PAPERBOY_VOTES_PER_DAY", 5000, 1, 1_000_000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "feeds.http.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "feeds.http.authentication.TokenScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["feeds.http.rate_limits.Limit"],
    "DEFAULT_RENDERER_CLASSES": ["feeds.http.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["feeds.http.json.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "feeds.http.json.PageNumberPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "feeds.http.problems.problem_handler",
    "PAGE_SIZE": 50,
    "URL_FORMAT_OVERRIDE": None,
    "DATETIME_FORMAT": "iso-8601",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Paperboy",
    "DESCRIPTION": "The day's research papers, best first for you.\n\nThe [guide](/api/) has a quick start, the "
    "conventions and the changelog. Tokens are made under [Settings](/settings/tokens/) and sent as "
    "`Authorization: Bearer pb_…`.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "this site"}],
    "CONTACT": {"name": "This site", "url": SITE_URL},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "EXTERNAL_DOCS": {"url": f"{SITE_URL}/api/", "description": "Guide, conventions, changelog"},
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "SourceEnum": "recommender.models.PaperSource",
        "InterestKindEnum": "accounts.models.InterestKind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "feeds.http.openapi.add_common_responses",
        "feeds.http.openapi.add_chapters",
    ],
}

# --- jobs

CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if not REDIS_URL:
    _broker = DATA_DIR / "broker"
    for _name in ("queue", "processed", "control"):
        (_broker / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_CONCURRENCY = 1  # LightFM must stay at one thread under prefork, and training needs the whole machine
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "celery"
# A worker serves all queues unless -Q selects some; "celery" has the ticks, which must not wait behind a training.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), name) for name in ("celery", "fetch", "train", "rank", "send")]
CELERY_TASK_ROUTES = {
    "feeds.fetch_tick": {"queue": "fetch"},
    "feeds.encode_parts": {"queue": "rank"},
    "feeds.rank_parts": {"queue": "rank"},
    "feeds.digest_tick": {"queue": "send"},
    "feeds.webhook_tick": {"queue": "send"},
    "recommender.evidence": {"queue": "rank"},
}
CELERY_BEAT_SCHEDULER = "recommender.config.celery_beat:BeatScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
NIGHT_HOUR = environment.integer("PAPERBOY_NIGHT_HOUR", 6, 0, 23)
CELERY_BEAT_SCHEDULE = {
    "start-what-is-missing": {"task": "feeds.tick", "schedule": crontab(minute="*"), "options": {"expires": 55}},
    "ask-the-sources": {"task": "feeds.fetch_tick", "schedule": crontab(minute="*/5"), "options": {"expires": 290}},
    "send-the-digests": {"task": "feeds.digest_tick", "schedule": crontab(minute="*"), "options": {"expires": 55}},
    "tell-the-webhooks": {"task": "feeds.webhook_tick", "schedule": crontab(minute="*"), "options": {"expires": 55}},
    "gather-evidence": {"task": "recommender.evidence", "schedule": crontab(hour="4", minute="20")},
}
WEBHOOKS_TO_LOOPBACK = environment.boolean("PAPERBOY_WEBHOOKS_TO_LOOPBACK", False)  # for local tests
WEBHOOK_CERTIFICATES = environment.env.str("PAPERBOY_WEBHOOK_CERTIFICATES", "")  # a file; empty: those of certifi
LEASE = timedelta(seconds=environment.integer("PAPERBOY_LEASE_SECONDS", 90, 2, 3600))

# --- sources

_KNOWN_SOURCES = {"arxiv": "arxiv", "huggingface": "huggingface"}
SOURCES = environment.known_words(
    "PAPERBOY_SOURCES", list(_KNOWN_SOURCES), _KNOWN_SOURCES.get, " or ".join(_KNOWN_SOURCES)
)
ARXIV_CATEGORIES = environment.known_words(
    "PAPERBOY_ARXIV_CATEGORIES", ["cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"], known_code, "cs.LG or hep-th"
)
if not ARXIV_CATEGORIES:
    raise ImproperlyConfigured("PAPERBOY_ARXIV_CATEGORIES is empty; to turn arXiv off, see PAPERBOY_SOURCES")
CONTACT = environment.contact("PAPERBOY_CONTACT")
USER_AGENT = f"Paperboy/{VERSION} (+{'; '.join(filter(None, (SITE_URL, CONTACT)))})"

SUBMISSIONS_PER_DAY = environment.integer("PAPERBOY_SUBMISSIONS_PER_DAY", 5, 0, 1000)

# Services with the same `turn` share one queue of requests: arXiv allows one request every three seconds over all of
# its services, https://info.arxiv.org/help/api/tou.html. All numbers but `most_bytes` are seconds: until a connection,
# until the next byte, for the whole response, the first pause before a retry, and between two requests.
_SERVICE = {"connect": 10.0, "answer": 20.0, "whole": 60.0, "backoff": 2.0, "most_bytes": 50_000_000}
_ARXIV = _SERVICE | {"turn": "arxiv", "pause": 3.0}
SOURCE_SERVICES: dict[str, dict[str, Any]] = {
    "arxiv_api": _ARXIV | {"url": environment.service("PAPERBOY_ARXIV_API_URL", "https://export.arxiv.org/api/query")},
    "arxiv_rss": _ARXIV | {"url": environment.service("PAPERBOY_ARXIV_RSS_URL", "https://rss.arxiv.org/rss")},
    "arxiv_oai": _ARXIV
    | {"url": environment.service("PAPERBOY_ARXIV_OAI_URL", "https://oaipmh.arxiv.org/oai")}
    | {"answer": 120.0, "whole": 180.0, "backoff": 5.0},
    "huggingface": _SERVICE
    | {"url": environment.service("PAPERBOY_HF_URL", "https://huggingface.co")}
    | {"turn": "huggingface", "pause": 1.0},
}

# --- papers and models

MODEL_DIR = DATA_DIR / "models"
INBOX_DIR = environment.path("PAPERBOY_INBOX", DATA_DIR / "inbox")
ENCODERS_DIR = DATA_DIR / "encoders"
ENCODER = environment.encoder("PAPERBOY_ENCODER", ENCODERS_DIR)

# --- security and locale

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Off by default: they bind hosts that Paperboy does not serve, and browsers forget a preloaded domain only after months
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.boolean("PAPERBOY_HSTS_SUBDOMAINS", False) and HTTPS
SECURE_HSTS_PRELOAD = environment.boolean("PAPERBOY_HSTS_PRELOAD", False) and HTTPS
if SECURE_HSTS_PRELOAD and not SECURE_HSTS_INCLUDE_SUBDOMAINS:
    raise ImproperlyConfigured("PAPERBOY_HSTS_PRELOAD needs PAPERBOY_HSTS_SUBDOMAINS=true, as preload lists require")
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the site's owner chooses whether HSTS includes subdomains
    "security.W009",  # `environment.secret` has checked the key
    "security.W021",  # and whether it is preloaded
]
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = environment.boolean("PAPERBOY_BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": ["'none'"],
    }
}

# --- logs

LOG_LEVEL = environment.env.str("PAPERBOY_LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    raise ImproperlyConfigured(f"PAPERBOY_LOG_LEVEL={LOG_LEVEL!r} is not one of DEBUG, INFO, WARNING, ERROR")
LOG_FORMAT = environment.choice("PAPERBOY_LOG_FORMAT", "text", ("text", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "recommender.config.logs.formatter", "form": LOG_FORMAT}},
    "filters": {"routes": {"()": "recommender.config.logs.RouteFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["routes"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "celery": {"level": LOG_LEVEL},
    },
}

# --- errors

SENTRY_DSN = environment.url("SENTRY_DSN", "", ("https", "http"))
if SENTRY_DSN:
    environment.require_package("SENTRY_DSN", "sentry_sdk", "sentry")
    import_string("recommender.config.sentry.init_sentry")(SENTRY_DSN, VERSION)

"""Settings, all from the environment. `README.md` lists the variables."""

from pathlib import Path
from urllib.parse import quote

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var")))

SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

# Demonstration accounts have a published password: only a machine that answers to itself may have them.
DEMO = env.bool("DEMO", default=False)
if DEMO and not set(ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]", "testserver"}:
    raise ImproperlyConfigured("DEMO=1 is for one machine: ALLOWED_HOSTS may name this machine only.")

# Applications, from the words up to the verbs: each may import those below it (import-linter checks).
OUR_APPS = ["privacy", "govuk", "staff", "retention", "services", "drafts", "sharing", "visits", "demo"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "auditlog",
    *OUR_APPS,
]

MIDDLEWARE = [
    "contactwrexham.middleware.Correlated",
    "contactwrexham.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "contactwrexham.middleware.Unavailable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "contactwrexham.middleware.Bounded",
    "contactwrexham.middleware.ByForm",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "contactwrexham.middleware.Restored",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "contactwrexham.middleware.WorkingDay",
    "contactwrexham.middleware.AuditActor",
]

ROOT_URLCONF = "contactwrexham.urls"
WSGI_APPLICATION = "contactwrexham.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "staff.menu.menu",
                "staff.desk.desk",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "govuk.renderer.GovukRenderer"

# --- PostgreSQL: the only truth -------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "application_name": "contact-wrexham",
        "connect_timeout": 5,
        "options": "-c lock_timeout=5000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000",
    },
}
DB_POOL = env.bool("DB_POOL", default=False)  # the web tier; workers and commands hold one connection each
if DB_POOL:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 6, "timeout": 5}
# Values travel beside the statement, never in its text, and what is asked twice is planned once. Not behind a PgBouncer
# older than 1.21 that pools by transaction: it loses prepared statements.
if env.bool("DB_PREPARE", default=DB_POOL):
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 2}

# No cache: Django's keep pickles, which run what whoever can write to them has put there.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
# Sessions and limits live in PostgreSQL too: the desk works while Valkey is stopped.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "contactwrexham.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["contactwrexham.uploads.NoFiles"]

# --- Who signs in ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["sharing.backends.RoleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "first_page"
ACCOUNT_ADAPTER = "staff.adapter.StaffAdapter"
ACCOUNT_FORMS = {"login": "staff.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False  # staff.limits
# How many proxies of ours a request passes: the address that the first of them saw is the one that counts.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
PASSWORD_HASHERS = ["staff.hashers.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "staff.validators.NotTooLong"},
    {"NAME": "staff.validators.NotRepeated"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# --- What is served to whom -----------------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", default=not DEMO)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Django 6's name and form of the setting; our middleware sends it.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "contactwrexham.static.HashedStatic"},
}
if DEBUG or env.bool("PLAIN_STATIC", default=False):  # the tests need no collected files
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True

# --- Languages and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("cy", "Cymraeg"), ("en-gb", "English")]
# What the desk is called. Sentences put a noun before it, so that no Welsh name need mutate.
DESK_NAMES = {
    "cy": env("DESK_NAME_CY", default="Galw Wrecsam"),
    "en-gb": env("DESK_NAME_EN", default="Contact Wrexham"),
}
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/London"

# --- Audit ----------------------------------------------------------------------------------------------------------
AUDITLOG_LOGENTRY_MODEL = "staff.AuditEntry"
MIGRATION_MODULES = {"auditlog": None}  # the library's own table is not made
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CID_GETTER = "privacy.audit.request_id"
AUDITLOG_MASK_CALLABLE = "privacy.audit.withhold"

# --- Keys -----------------------------------------------------------------------------------------------------------
KEYRING_DIRS = [Path(path) for path in env.list("KEYRING_DIRS")]
KEYRING_MASTER_KEY = env("KEYRING_MASTER_KEY")

# --- Retention ------------------------------------------------------------------------------------------------------
LEDGER_PATHS = [Path(path) for path in env.list("LEDGER_PATHS")]
# How long a backup may live: held records are sealed at least so far ahead of their day.
BACKUP_HORIZON_DAYS = env.int("BACKUP_HORIZON_DAYS", default=35)
# Directories in which purged canaries are looked for besides: backups, archived write-ahead logs, logs, media.
CANARY_PATHS = [Path(path) for path in env.list("CANARY_PATHS", default=[])]
# Only for tests and drills: whoever sets it can destroy what is not due yet.
PURGE_ALLOW_FUTURE = env.bool("PURGE_ALLOW_FUTURE", default=False)

# --- Background work ------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("REDIS_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its own handler would let words through
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/London"
CELERY_BEAT_SCHEDULE = {
    "mend-search": {"task": "privacy.mend_search", "schedule": 60},
    # Asks each time whether tonight's purge, due at 03:15, was done: so a machine that was off catches up.
    "purge": {"task": "retention.purge_if_due", "schedule": crontab(minute="*/5")},
    # Follows the purge by itself; asks again in case that a worker was killed in between.
    "canary": {"task": "retention.canary_if_due", "schedule": crontab(minute="4-59/5")},
    "remove-files": {"task": "retention.remove_files", "schedule": 15 * 60},
    "discard-abandoned-drafts": {"task": "drafts.discard_abandoned_drafts", "schedule": 60 * 60},
    "forget-sent-pages": {"task": "drafts.forget_sent", "schedule": 60 * 60},
    "forget-presences": {"task": "visits.forget_presences", "schedule": 60 * 60},
    "clear-sessions": {"task": "staff.clear_sessions", "schedule": 60 * 60},
    # Asks each hour of the working day what was not sent yet: a mail server that was away is tried again.
    "remind-of-reviews": {"task": "retention.remind_of_reviews", "schedule": crontab(minute=20, hour="7-18")},
}

# --- E-mail: to staff only. A demonstration writes it to files, and none leaves the machine --------------------------
EMAIL_CONFIG = env.email_url(
    "EMAIL_URL", default=f"filemail:///{quote(str(DATA_DIR / 'mail'))}" if DEMO else "smtp://localhost:25"
)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds: a hold is locked while the mail about it is handed over
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="contact-wrexham@localhost")

# --- Logging: ids and counts, never what somebody typed ---------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{cid}] {message}", "style": "{"}},
    # An exception's text and a path's query carry values: the handler takes them out, whichever logger wrote.
    "filters": {"wordless": {"()": "contactwrexham.logs.Wordless"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["wordless"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
DEFAULT_EXCEPTION_REPORTER = "contactwrexham.logs.Reporter"

TABLES_OF_OTHERS = "contactwrexham.tables.DECIDED"
OUTSIDE_THE_DATABASE = "contactwrexham.tables.OUTSIDE"

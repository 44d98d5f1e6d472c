"""Django's settings, all of them from the environment."""

import sys
from typing import Any

from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from nlpadmin import caches, databases
from nlpadmin.environment import PROJECT_DIR, BadEnvironmentError, Environment

try:
    ENVIRONMENT = Environment.read()
except BadEnvironmentError as error:
    sys.exit(str(error))

BASE_DIR = PROJECT_DIR
VAR_DIR = ENVIRONMENT.VAR_DIR.resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Who we are -----------------------------------------------------------------------------------
SITE_NAME = ENVIRONMENT.SITE_NAME
NLPADMIN_DEMO = ENVIRONMENT.NLPADMIN_DEMO
DEBUG = ENVIRONMENT.DEBUG
SECRET_KEY = ENVIRONMENT.SECRET_KEY.get_secret_value()
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in ENVIRONMENT.SECRET_KEY_FALLBACKS]
ALLOWED_HOSTS = list(ENVIRONMENT.ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.CSRF_TRUSTED_ORIGINS)
ROOT_URLCONF = "nlpadmin.urls"
WSGI_APPLICATION = "nlpadmin.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "nlpadmin.apps.ProjectConfig",
    # Before the admin, so that its templates win.
    "analyses.apps.AnalysesConfig",
    "analyses.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_htmx",
    "ninja",
]

# The first ones stand outside SecurityMiddleware so that its own refusals carry the headers too.
MIDDLEWARE = [
    "nlpadmin.measured.MeasureMiddleware",
    "nlpadmin.middleware.PolicyMiddleware",
    "nlpadmin.middleware.TrustedProxyMiddleware",
    "analyses.api.middleware.ApiMiddleware",
    "nlpadmin.middleware.HeadersMiddleware",
    "nlpadmin.middleware.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "nlpadmin.short_way.ApiShortWayMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nlpadmin.middleware.PrivateResponsesMiddleware",
    # Outside everything that asks the database.
    "nlpadmin.unavailable.AskAgainMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nlpadmin.middleware.SessionAgeMiddleware",
    "nlpadmin.middleware.ReaderZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

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
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- Data -----------------------------------------------------------------------------------------
DATABASES = {"default": databases.configure(ENVIRONMENT)}
ECHO = ENVIRONMENT.ECHO
ECHO_POOL = ENVIRONMENT.ECHO_POOL
ENABLE_CACHING = ENVIRONMENT.ENABLE_CACHING
CACHE_TTL = ENVIRONMENT.CACHE_TTL
ENABLE_METRICS = ENVIRONMENT.ENABLE_METRICS
RETRY_ATTEMPTS = ENVIRONMENT.RETRY_ATTEMPTS
RETRY_DELAY = ENVIRONMENT.RETRY_DELAY
LEASE_SECONDS = ENVIRONMENT.LEASE_SECONDS
REDIS_URL = ENVIRONMENT.REDIS_URL.get_secret_value()
ULTRA_ENGINES = ENVIRONMENT.ULTRA_ENGINES
CELERY_BROKER_URL = ENVIRONMENT.CELERY_BROKER_URL.get_secret_value()

CACHES = {
    "default": caches.configure(
        REDIS_URL if ENABLE_CACHING else "",
        ttl_seconds=CACHE_TTL,
        key_prefix=ENVIRONMENT.CACHE_KEY_PREFIX,
    )
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "nlpadmin.static_files.UsedFilesFinder",
]
STATIC_ROOT = ENVIRONMENT.static_dir
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# No Access-Control-Allow-Origin on anything.
WHITENOISE_ALLOW_ALL_ORIGINS = False
SPOOL_DIR = ENVIRONMENT.spool_dir
UPLOAD_MAX_BYTES = ENVIRONMENT.UPLOAD_MAX_BYTES
MEDIA_ROOT = VAR_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600

# --- People ---------------------------------------------------------------------------------------
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": "nlpadmin.passwords.ContextWordsValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_AGE_MAX_SECONDS = 7 * 86_400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Transport ------------------------------------------------------------------------------------
TRUSTED_PROXIES = ENVIRONMENT.TRUSTED_PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
USE_X_FORWARDED_HOST = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
if ENVIRONMENT.is_production:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # A program that is redirected would go on sending its token in the clear: the API refuses instead.
    SECURE_REDIRECT_EXEMPT = [r"^api/"]
    SECURE_HSTS_SECONDS = 365 * 86_400
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# --- Words and times ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
USE_TZ = True
TIME_ZONE = ENVIRONMENT.TIME_ZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "nlpadmin.logs.UtcFormatter",
            "format": "{asctime} {name} {levelname} {message}",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENVIRONMENT.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": ENVIRONMENT.LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": ENVIRONMENT.LOG_LEVEL, "propagate": True},
        # Django's own SQL log shows parameters, which hold people's texts: ECHO logs statements alone.
        "django.db.backends": {"level": "INFO"},
        "nlpadmin.sql": {"level": "DEBUG" if ECHO else "INFO"},
        # At DEBUG it writes whole addresses, and a service's may end in a key.
        "urllib3": {"level": "INFO"},
        "psycopg.pool": {"level": "DEBUG" if ECHO_POOL else "WARNING"},
        "nlpadmin.connections": {"level": "DEBUG" if ECHO_POOL else "WARNING"},
    },
}

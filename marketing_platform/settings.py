"""Settings. Safe by default; every variable is documented in docs/settings.md.

Without DATABASE_URL the embedded PostgreSQL and Valkey are used (see embedded.py), and secrets
that an operator would set are made once and kept in the var folder.
"""

import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from marketing_platform import embedded, env, server_home

BASE_DIR = embedded.BASE_DIR
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
EMBEDDED = embedded.needed()
_home = server_home.find_home(VAR_DIR) if EMBEDDED else None


def _kept_secret(name: str) -> str:
    """Return a secret of the embedded installation, made at the first start."""
    path = VAR_DIR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return path.read_text(encoding="ascii")


# Core
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY", _kept_secret("secret_key") if EMBEDDED else None)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
PORT = env.integer("PORT", 8000, low=1)
SITE_URL = env.text("SITE_URL", f"http://localhost:{PORT}" if EMBEDDED else None).rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if EMBEDDED else "")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "marketing_platform.urls"
WSGI_APPLICATION = "marketing_platform.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTANCE_ID = env.text("INSTANCE_ID", _kept_secret("instance_id") if EMBEDDED else None)

INSTALLED_APPS = [
    "marketing_platform",
    "tenants",
    "inference",
    "catalogue",
    "profiles",
    "delivery",
    "conversations",
    "campaigns",
    "insights",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.WorkspaceMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "marketing_platform.context_processors.workspace",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "marketing_platform.templatetags.interface",
            ],
        },
    }
]

# Database: the app's role serves; the owner's role, where it is known, migrates
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", _home.database_url if _home else ""),
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }
}
_owner_url = env.text("DATABASE_OWNER_URL", _home.owner_url if _home else "")
if _owner_url:
    DATABASES["owner"] = env.database("DATABASE_OWNER_URL", _owner_url)

# Redis or Valkey: the broker rings, the database is the truth
REDIS_URL = env.text("REDIS_URL", _home.redis_url if _home else None)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}?db=1" if REDIS_URL.startswith("unix:") else f"{REDIS_URL}/1",
        "KEY_PREFIX": "mp",
    }
}
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://") if REDIS_URL.startswith("unix:") else REDIS_URL
)

# People
AUTH_USER_MODEL = "tenants.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique, whatever the case: a constraint on lower(email)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_validators = ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"} for name in _validators
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {"login": "tenants.sign_in.SignInForm"}
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"  # people join by an invitation that was sent to the address
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "tenants.sign_in.typed_address"
AXES_CLIENT_IP_CALLABLE = "tenants.sign_in.visitor_address"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["marketing_platform.formats"]

# Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [(name, BASE_DIR / "static" / name) for name in ("dist", "js", "img")]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Mail of the platform itself (invitations, sign-in). Campaigns use each workspace's sender.
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, low=1)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "platform@localhost")
DEMO_MAILBOX = env.flag("DEMO_MAILBOX", (VAR_DIR / "mailbox").is_dir())
DELIVERY_ANSWER_TIMEOUT = env.integer("DELIVERY_ANSWER_TIMEOUT", 600, low=1)
DELIVERY_CLAIM_LEASE = env.integer("DELIVERY_CLAIM_LEASE", 300, low=1)

# Security
HTTPS = SITE_URL.startswith("https://")
BEHIND_PROXY = env.flag("BEHIND_PROXY", False)
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)  # the last X-Forwarded-For is the visitor's
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/docs/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

# REST API
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 6_000)  # of one key; 0: no limit
API_UNCOUNTED = ("api-event-list", "api-batch")  # routes that take events
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.api.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["tenants.api.KeyThrottle"],
    "DEFAULT_PAGINATION_CLASS": "tenants.api.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "marketing_platform.exceptions.handle",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marketing platform",
    "DESCRIPTION": (
        "Bring customers, behaviour and products; have campaigns written and sent. Every error is "
        "`{code, message, fields}`. A key that asks too often is answered 429; events that are "
        "sent in are not counted."
    ),
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.api.declare_limit",
    ],
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "catalogue.models.TextLanguage",
        "ChannelEnum": "campaigns.models.ChannelChoice",
    },
}

# Inference (read by workers only)
INFERENCE_DEVICE = env.text("INFERENCE_DEVICE", "auto")
INFERENCE_THREADS = env.integer("INFERENCE_THREADS", 0)
INFERENCE_DTYPE = env.choice("INFERENCE_DTYPE", "auto", ("auto", "int8"))
INFERENCE_MODEL = env.text("INFERENCE_MODEL", "starter")  # what writes where no model is live
INFERENCE_PRIVATE_SERVERS = env.flag("INFERENCE_PRIVATE_SERVERS", False)
INFERENCE_CONCURRENCY = env.integer("INFERENCE_CONCURRENCY", 8, low=1)
INFERENCE_PRICE_IN = float(env.text("INFERENCE_PRICE_IN", "0"))  # a million tokens read
INFERENCE_PRICE_OUT = float(env.text("INFERENCE_PRICE_OUT", "0"))  # a million tokens written
INFERENCE_PRICE_CURRENCY = env.text("INFERENCE_PRICE_CURRENCY", "USD")
INFERENCE_WATTS = env.integer("INFERENCE_WATTS", 30)  # of a worker that writes, for estimates
MODELS_DIR = Path(env.text("MODELS_DIR", str(VAR_DIR / "models"))).resolve()

# Admin
UNFOLD = {
    "SITE_TITLE": _("Administration"),
    "SITE_HEADER": _("Administration"),
    "SITE_URL": "/",
    "ENVIRONMENT": "marketing_platform.admin.environment",
    "COLORS": {
        "primary": {  # an indigo near that of the pages
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "marketing_platform.admin.navigation",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "marketing_platform.logs.LineFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}

"""Settings of the whole site, read from top to bottom.

Every value comes from the environment or has a safe default. Secrets have no default: they are read from the
environment or from the files that `make run` writes under VAR_DIR.
"""

from ipaddress import ip_network
from pathlib import Path

from django.conf.locale import LANG_INFO

from audit.transparency.witnesses import Witness
from controlhub.backends.packages import SCRIPTS, STYLE_SHEETS
from controlhub.env import bounded, choice, env, folder, listed, optional_secret, parsed, secret
from controlhub.schedule.queues import Queue
from controlhub.security.networks import AllowedNetwork

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- This deployment --------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = secret("SECRET_KEY", VAR_DIR / "secrets" / "secret_key")
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
SERVED_OVER_HTTPS = PUBLIC_URL.startswith("https://")
TRUSTED_PROXIES = parsed("TRUSTED_PROXIES", ip_network)
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
ALLOW_UNSAFE = listed("ALLOW_UNSAFE")  # names of controlhub.security.dangers
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# The token with which Prometheus reads /metrics (docs/decisions/0039). If it is not set, the page does not exist.
METRICS_TOKEN = optional_secret("METRICS_TOKEN", at_least=16)

# --- Applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "controlhub.apps.StaticFiles",
    "django.contrib.postgres",
    "django.forms",
    "django_filters",
    "django_htmx",
    "pipeline",
    "csp",
    "rest_framework",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "audit",
    "controlhub",
    "scim",
    "directory",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "controlhub.metrics.middleware.MetricsMiddleware",
    "controlhub.middleware.request_ids.RequestIdMiddleware",
    "controlhub.middleware.live_connections.LiveConnectionMiddleware",
    "controlhub.middleware.api_errors.ApiMiddleware",
    "scim.api.middleware.ScimMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "controlhub.middleware.compressed_pages.CompressedPagesMiddleware",
    "controlhub.middleware.languages.LanguageMiddleware",
    "controlhub.middleware.time_zones.TimeZoneMiddleware",
    "controlhub.middleware.database_outages.DatabaseUnavailableMiddleware",
    "csp.middleware.CSPMiddleware",
    "controlhub.middleware.refused_methods.RefusedMethodMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "controlhub.portal.signin.middleware.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "controlhub.urls"
APPEND_SLASH = False
WSGI_APPLICATION = "controlhub.wsgi.application"
FORM_RENDERER = "controlhub.portal.forms.renderer.PortalRenderer"
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
                "controlhub.portal.bell.bell",
            ],
        },
    }
]
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}

# --- Database (docs/decisions/0003) -----------------------------------------------------------
DATABASES = {"default": env.db_url_config(secret("DATABASE_URL", VAR_DIR / "secrets" / "database_url"))}
DATABASE_POOLER = choice("DATABASE_POOLER", ("", "transaction"))
# Bounded waits (docs/decisions/0035). If unset, they depend on the kind of process: controlhub/database/limits.py.
STATEMENT_TIMEOUT = env.int("STATEMENT_TIMEOUT", default=None)
LOCK_TIMEOUT = env.int("LOCK_TIMEOUT", default=None)
DATABASE_ANSWER_TIMEOUT = env.int("DATABASE_ANSWER_TIMEOUT", default=None)
SERVER_SETTINGS = {
    # Queries are few and short: use generic plans. Assume SSDs.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "random_page_cost": 1.1,
    # The server cancels the statement of a client that has disconnected, within five seconds.
    "client_connection_check_interval": 5000,
}
# Over TCP, an unreachable host is detected within about ten seconds, even if none of the limits above is set.
REACHABILITY = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 4_000,
}
DATABASES["default"] |= {
    "ENGINE": "controlhub.database.postgres",
    "CONN_MAX_AGE": 600,
    "OPTIONS": {
        **REACHABILITY,
        **DATABASES["default"].get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 1,
        "application_name": "controlhub",
    },
}
if DATABASE_POOLER:  # docs/decisions/0040
    DATABASES["default"] |= {"ENGINE": "controlhub.database.postgres.pooled", "DISABLE_SERVER_SIDE_CURSORS": True}
    DATABASES["default"]["OPTIONS"] |= {"prepare_threshold": None}
SCIM_UNINDEXED_SECONDS = env.float("SCIM_UNINDEXED_SECONDS", default=2.0)
SCIM_REQUESTS_PER_SECOND = env.float("SCIM_REQUESTS_PER_SECOND", default=0.0)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in (docs/decisions/0019) --------------------------------------------------------------
AUTH_USER_MODEL = "controlhub.Account"
AUTHENTICATION_BACKENDS = ["controlhub.portal.signin.backend.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "controlhub.portal.signin.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "sign_in_key"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "sign_in_address"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Control Hub: "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 — a class
ACCOUNT_FORMS = {
    "login": "controlhub.portal.forms.session.SignInForm",
    "reauthenticate": "controlhub.portal.forms.session.PasswordForm",
    "reset_password": "controlhub.portal.forms.session.ForgottenForm",
    "reset_password_from_key": "controlhub.portal.forms.session.NewPasswordForm",
    "change_password": "controlhub.portal.forms.session.ChangePasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "",  # counted as password_tries, except for a known browser
    "login_failed": "100/15m/ip,10/15m/key",  # codes of second factors
    "password_tries": "300/15m/ip",
    "password_by_address": "100/15m/ip",
    "password_by_source": "10/15m/key",
    "password_by_account": "100/15m/key",
    "password_by_device": "10/15m/key",
    "password_locked": "20/m/ip,1/m/key",  # refused attempts that are recorded in the audit log
    "reauthenticate": "20/15m/user",
    "reset_password": "20/15m/ip,3/15m/key",
    "change_password": "20/15m/user",
    "passkey_challenge": "300/15m/ip",
    "single_sign_on": "100/15m/ip",
    "invitation": "100/15m/ip",
    "oauth": "600/15m/ip",
}
PASSWORD_RESET_TIMEOUT = 60 * 60
MFA_ADAPTER = "controlhub.portal.signin.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "controlhub.portal.forms.factors.CodeForm",
    "reauthenticate": "controlhub.portal.forms.factors.CodeAgainForm",
    "activate_totp": "controlhub.portal.forms.factors.AddAppForm",
    "login_webauthn": "controlhub.portal.forms.passkeys.PasskeyForm",
    "authenticate_webauthn": "controlhub.portal.forms.passkeys.SecondFactorForm",
    "reauthenticate_webauthn": "controlhub.portal.forms.passkeys.AgainForm",
    "add_webauthn": "controlhub.portal.forms.passkeys.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Control Hub"
MFA_RECOVERY_CODE_DIGITS = 12
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_ADAPTER = "controlhub.portal.signin.sso.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "controlhub.portal.signin.oidc.Provider"}}
OUTBOUND_ALLOW = parsed("OUTBOUND_ALLOW", AllowedNetwork.read)
if env.bool(
    "OUTBOUND_ALLOW_SELF", default=False
):  # docs/decisions/0108: this installation as a target of its directory
    OUTBOUND_ALLOW += [AllowedNetwork.read(f"{address}:{PORT}") for address in ("127.0.0.1", "[::1]")]
OUTBOUND_TIMEOUT = bounded("OUTBOUND_TIMEOUT", default=10.0, least=1, most=25)
# Counters of allauth, and values that it may accept only once, shared by all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "controlhub_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}
CSRF_FAILURE_VIEW = "controlhub.portal.errors.csrf_failed"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "controlhub.security.password_validators.MaximumLengthValidator"},
]
SESSION_ENGINE = "controlhub.models.sessions"
SESSION_COOKIE_NAME = "__Host-session" if SERVED_OVER_HTTPS else "session"
SESSION_COOKIE_SECURE = SERVED_OVER_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
DEVICE_COOKIE_NAME = "__Host-device" if SERVED_OVER_HTTPS else "device"
CSRF_COOKIE_NAME = "__Host-csrf" if SERVED_OVER_HTTPS else "csrf"
CSRF_COOKIE_SECURE = SERVED_OVER_HTTPS
CSRF_COOKIE_HTTPONLY = True

# --- What the browser may do --------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SERVED_OVER_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_OVER_HTTPS else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static files ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
FILE_UPLOAD_PERMISSIONS = 0o600  # of collected files: only the web server of `make run` reads them
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "controlhub.backends.static_files.StaticStorage"},
}
PIPELINE = {
    "STYLESHEETS": STYLE_SHEETS,
    "JAVASCRIPT": SCRIPTS,
    "CSS_COMPRESSOR": None,
    "JS_COMPRESSOR": None,
    "DISABLE_WRAPPER": True,  # each of our scripts is a function, and htmx is one variable
    "PIPELINE_COLLECTOR_ENABLED": False,  # `make run` collects
}

# --- Background work: the broker only wakes workers, and holds no state --------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
# An unreachable Redis is detected, and the connection is opened again.
REDIS_REACHABILITY: dict[str, object] = {
    "socket_connect_timeout": 5.0,
    "socket_timeout": 30.0,
    "socket_keepalive": True,
}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    REDIS_REACHABILITY
    if REDIS_URL
    else {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "processed_folder": str(VAR_DIR / "broker" / "processed"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
    }
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Retry forever: by default, Celery ends the worker after 100 attempts.
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat" / "schedule")
PURGE_INTERVAL = env.float("PURGE_INTERVAL", default=600.0)
BURST_INTERVAL = env.float("BURST_INTERVAL", default=60.0)
AUDIT_SEAL_INTERVAL = env.float("AUDIT_SEAL_INTERVAL", default=5.0)
AUDIT_CHECKPOINT_URL = env.str("AUDIT_CHECKPOINT_URL", default="")
AUDIT_CHECKPOINT_TOKEN = optional_secret("AUDIT_CHECKPOINT_TOKEN", at_least=8)
AUDIT_STREAM_DIR = folder("AUDIT_STREAM_DIR")
AUDIT_STREAM_FILE_BYTES = int(bounded("AUDIT_STREAM_FILE_BYTES", default=100_000_000, least=1_000_000, most=1e12))
AUDIT_WITNESSES = parsed("AUDIT_WITNESSES", Witness.read)
MAIL_INTERVAL = env.float("MAIL_INTERVAL", default=30.0)
PROVISION_INTERVAL = env.float("PROVISION_INTERVAL", default=10.0)
JOB_INTERVALS = {
    "purge_users": PURGE_INTERVAL,
    "purge_people": PURGE_INTERVAL,
    "flag_bursts": BURST_INTERVAL,
    "resolve_addresses": 10.0,
    "send_mail": MAIL_INTERVAL,
    "report_overdue_jobs": 60.0,
    "warn_of_expiring_tokens": 3_600.0,
    "sweep_page_positions": 3_600.0,
    "merge_row_counts": 3_600.0,
    "erase_people": 3_600.0,
    "remove_expired_events": 3_600.0,
    "sweep_client_tokens": 3_600.0,
    "sweep_sessions": 3_600.0,
    "sweep_invitations": 3_600.0,
    "sweep_mail": 3_600.0,
    "sweep_requests": 600.0,
    "close_hours": 300.0,
    "seal_audit": AUDIT_SEAL_INTERVAL,
    "send_checkpoints": 60.0,
    "ask_witnesses": 60.0,
    "send_streams": 2.0,
    "measure_streams": 60.0,
    "evaluate_alerts": 10.0,
    "send_alerts": 10.0,
    "provision_people": PROVISION_INTERVAL,
    "sweep_provisioning": 3_600.0,
    "run_jobs": 2.0,
    "sweep_jobs": 3_600.0,
}
JOB_RETENTION_DAYS = env.int("JOB_RETENTION_DAYS", default=30)
# The others run in the default queue. Overdue jobs are reported from OUTBOUND, because CORE may be what hangs.
JOB_QUEUES = {
    "send_checkpoints": Queue.OUTBOUND.value,
    "ask_witnesses": Queue.OUTBOUND.value,
    "send_mail": Queue.OUTBOUND.value,
    "report_overdue_jobs": Queue.OUTBOUND.value,
    "send_streams": Queue.OUTBOUND.value,
    "send_alerts": Queue.OUTBOUND.value,
    "evaluate_alerts": Queue.LONG.value,
    "provision_people": Queue.OUTBOUND.value,
    "remove_expired_events": Queue.LONG.value,
    "run_jobs": Queue.LONG.value,
}
CELERY_TASK_DEFAULT_QUEUE = Queue.CORE.value
CELERY_TASK_ROUTES = {f"controlhub.tasks.{job}": {"queue": queue} for job, queue in JOB_QUEUES.items()}
# After a long stop, a worker finds only the newest runs.
CELERY_BEAT_SCHEDULE = {
    job.replace("_", "-"): {
        "task": f"controlhub.tasks.{job}",
        "schedule": seconds,
        "options": {"expires": max(seconds, 60.0)},
    }
    for job, seconds in JOB_INTERVALS.items()
}

# --- Request log: what is kept for each organization; 0 days keep only the counters -----------------
REQUEST_LOG_DAYS = env.int("REQUEST_LOG_DAYS", default=14)
REQUEST_LOG_ROWS = env.int("REQUEST_LOG_ROWS", default=1_000_000)
REQUEST_LOG_MEGABYTES = env.int("REQUEST_LOG_MEGABYTES", default=500)
REQUEST_LOG_THREAD = True

# --- Mail: files in VAR_DIR/mail until EMAIL_URL names a server -------------------------------------
EMAIL = env.email_url_config(env.str("EMAIL_URL", default=f"filemail:///{VAR_DIR}/mail"))
if EMAIL["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend":
    EMAIL["EMAIL_BACKEND"] = "controlhub.backends.mail_files.EmailBackend"
vars().update(EMAIL)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
OPERATOR_EMAIL = listed("OPERATOR_EMAIL")
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Control Hub <controlhub@localhost>")

# --- Language and time: the time zone is UTC ------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
# `make messages` compiles a catalogue when its last text is translated. From then on the language is offered.
_COMPILED = {path.parent.parent.name for path in (BASE_DIR / "locale").glob("*/LC_MESSAGES/django.mo")}
LANGUAGES = [(code, LANG_INFO[code]["name_local"]) for code in (LANGUAGE_CODE, *sorted(_COMPILED - {LANGUAGE_CODE}))]
FORMAT_MODULE_PATH = "controlhub.text.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Logs: one line each, with the request id, never a secret ---------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "controlhub.middleware.log_lines.RequestIdFilter"}},
    "formatters": {"line": {"format": "{levelname} {name} [{request_id}] {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "celery": {"handlers": [], "propagate": True, "level": "WARNING"},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []

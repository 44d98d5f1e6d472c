"""What the product is told by its environment: every variable, its default and what it may hold."""

from __future__ import annotations

import ipaddress
import os
import secrets
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import dj_database_url
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from analyses.engines import specs
from analyses.engines.specs import BadSpecsError, EngineSpec

PROJECT_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
SECRET_KEY_LENGTH_MIN = 50
SECRET_KEY_DISTINCT_MIN = 20
MEBIBYTE = 1024 * 1024

Names = Annotated[tuple[str, ...], NoDecode]


class BadEnvironmentError(Exception):
    """Some variables hold values the product cannot start with; the message names all of them."""


class Environment(BaseSettings):
    """Every setting; a field's description says what would be right and is shown when the value is wrong.

    The order matters: a validator sees only the fields above its own.
    """

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", frozen=True, validate_default=True)

    NLPADMIN_DEMO: bool = Field(False, description="1 for the demo on this machine only, or 0")
    DEBUG: bool = Field(False, description="1 or 0; 1 only where ALLOWED_HOSTS are this machine's own names")
    VAR_DIR: Path = Field(PROJECT_DIR / "var", description="the folder for what the product writes")

    SECRET_KEY_FILE: Path | None = Field(None, description="a file that can be read and holds the secret key")
    SECRET_KEY: SecretStr = Field(
        SecretStr(""),
        description="at least 50 random characters, 20 of them different, such as"
        " `python -c 'import secrets; print(secrets.token_urlsafe(64))'` prints",
    )
    SECRET_KEY_FALLBACKS: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="former secret keys, separated by commas, as strong as the key itself"
    )
    ALLOWED_HOSTS: Names = Field(
        (),
        description="the host names this site answers to, separated by commas, without * or a scheme",
    )
    CSRF_TRUSTED_ORIGINS: Names = Field(
        (),
        description="origins such as https://texts.example.org, separated by commas, https only, without *",
    )
    TRUSTED_PROXIES: Names = Field(
        (),
        description="addresses or networks of proxies to believe X-Forwarded-* from, such as 10.0.0.0/8",
    )

    DATABASE_PASSWORD_FILE: Path | None = Field(
        None, description="a file that can be read and holds the database's password"
    )
    DATABASE_URL: SecretStr = Field(
        SecretStr(""),
        description="sqlite:///PATH, postgresql://USER:PASSWORD@HOST:PORT/NAME or mysql://USER:PASSWORD@HOST:PORT/NAME",
    )
    DB_POOL_SIZE: int = Field(20, ge=1, le=1000, description="a whole number from 1 to 1000")
    DB_MAX_OVERFLOW: int = Field(30, ge=0, le=1000, description="a whole number from 0 to 1000")
    DB_POOL_TIMEOUT: float = Field(2, gt=0, le=60, description="seconds above 0, up to 60")
    DB_POOL_RECYCLE: int = Field(3600, ge=1, le=86_400 * 7, description="seconds from 1 to 604800")
    DB_POOL_PRE_PING: bool = Field(True, description="true or false")
    DB_STATEMENT_TIMEOUT: float = Field(
        5, ge=0, le=3600, description="seconds from 0 (no limit) to 3600 that a statement of a page may take"
    )
    ECHO: bool = Field(False, description="true to log each SQL statement, or false")
    ECHO_POOL: bool = Field(False, description="true to log what the connection pool does, or false")

    REDIS_URL: SecretStr = Field(
        SecretStr(""), description="redis://HOST:PORT/NUMBER, rediss://... or unix://..., or empty for none"
    )
    CELERY_BROKER_URL: SecretStr = Field(
        SecretStr(""),
        description="a broker's address such as redis://HOST:PORT/NUMBER, or empty: embedded worker",
    )
    ENABLE_CACHING: bool = Field(True, description="true or false")
    CACHE_TTL: int = Field(3600, ge=1, le=86_400 * 30, description="seconds from 1 to 2592000")
    CACHE_KEY_PREFIX: str = Field(
        "nlpadmin",
        pattern=r"^[A-Za-z0-9_.-]{1,100}$",
        description="letters, digits and _ . - that keep sites on one Redis apart",
    )
    ENABLE_METRICS: bool = Field(True, description="true or false")
    RETRY_ATTEMPTS: int = Field(3, ge=1, le=100, description="a whole number from 1 to 100")
    RETRY_DELAY: float = Field(1.0, ge=0, le=3600, description="seconds from 0 to 3600")
    LEASE_SECONDS: int = Field(30, ge=2, le=3600, description="seconds from 2 to 3600")

    ULTRA_ENGINES: Annotated[tuple[EngineSpec, ...], NoDecode] = Field(
        (),
        description="a JSON list of engines as docs/ultra.md shows it, or @ and the path of a file with one",
    )

    STATIC_DIR: Path | None = Field(
        None, description="the folder for collected static files, or empty for VAR_DIR/static"
    )
    UPLOAD_MAX_BYTES: int = Field(200 * MEBIBYTE, ge=1024, description="a number of bytes, at least 1024")
    SPOOL_DIR: Path | None = Field(
        None, description="the folder for uploads that wait, or empty for VAR_DIR/spool"
    )
    WEB_PROCESSES: int = Field(2, ge=1, le=256, description="a whole number from 1 to 256")
    WEB_THREADS: int = Field(4, ge=1, le=256, description="a whole number from 1 to 256")
    PORT: int = Field(8000, ge=1, le=65535, description="a port from 1 to 65535")
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    TIME_ZONE: str = Field("UTC", description="a time zone such as UTC or Europe/Berlin")
    SITE_NAME: str = Field("nlpadmin", min_length=1, max_length=60, description="1 to 60 characters")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read process variables and nothing else: a forgotten .env must not change a server."""
        return (EnvSettingsSource(settings_cls, env_ignore_empty=True),)

    @classmethod
    def read(cls) -> Self:
        """Return the checked environment; raise BadEnvironmentError naming every bad value."""
        try:
            return cls()
        except ValidationError as error:
            raise BadEnvironmentError(_report(error.errors(include_url=False))) from None

    @field_validator(
        "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "TRUSTED_PROXIES", "SECRET_KEY_FALLBACKS", mode="before"
    )
    @classmethod
    def split_names(cls, value: object) -> object:
        """Split at commas; spaces around a name do not count."""
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("LOG_LEVEL", mode="before")
    @classmethod
    def fold_log_level(cls, value: object) -> object:
        """Take a level in any case."""
        return value.upper() if isinstance(value, str) else value

    @field_validator("SECRET_KEY_FILE", "DATABASE_PASSWORD_FILE")
    @classmethod
    def check_secret_file(cls, value: Path | None) -> Path | None:
        """Refuse a file that cannot be read."""
        if value is not None:
            _read_secret(value)
        return value

    @field_validator("SECRET_KEY")
    @classmethod
    def check_secret_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Take the key itself, else the file's, else the demo's own; refuse a weak one."""
        if "SECRET_KEY_FILE" not in info.data:
            return value
        file = info.data["SECRET_KEY_FILE"]
        if value.get_secret_value() and file:
            raise ValueError("is set together with SECRET_KEY_FILE")
        key = _read_secret(file) if file else value.get_secret_value()
        if not key and info.data.get("NLPADMIN_DEMO"):
            return SecretStr(_demo_secret_key(info.data["VAR_DIR"]) if "VAR_DIR" in info.data else "")
        _refuse_weak_key(key)
        return SecretStr(key)

    @field_validator("SECRET_KEY_FALLBACKS")
    @classmethod
    def check_fallbacks(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Refuse a weak former key: sessions signed with it still count."""
        for key in value:
            _refuse_weak_key(key.get_secret_value())
        return value

    @field_validator("ALLOWED_HOSTS")
    @classmethod
    def check_hosts(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse wildcards, whole top-level domains and, with DEBUG or the demo, other machines."""
        loopback_only = info.data.get("DEBUG") or info.data.get("NLPADMIN_DEMO")
        if not value and not loopback_only:
            raise ValueError("is empty")
        for host in value:
            _refuse_broad_host(host)
        strangers = [host for host in value if host not in LOOPBACK_HOSTS]
        if loopback_only and strangers:
            raise ValueError(
                f"names {', '.join(strangers)}, but DEBUG and NLPADMIN_DEMO are for this machine alone"
            )
        return value or LOOPBACK_HOSTS

    @field_validator("CSRF_TRUSTED_ORIGINS")
    @classmethod
    def check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse origins without TLS, with a wildcard or with a path."""
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme != "https" or not parts.hostname or "*" in origin or parts.path or parts.query:
                raise ValueError(f"has {origin!r}, which is no https origin")
        return value

    @field_validator("TRUSTED_PROXIES")
    @classmethod
    def check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no address and no network, and the network of everybody."""
        for network in value:
            try:
                parsed = ipaddress.ip_network(network)
            except ValueError:
                raise ValueError(f"has {network!r}, which is no address or network") from None
            if parsed.prefixlen == 0:
                raise ValueError(f"has {network!r}, which is everybody")
        return value

    @field_validator("DATABASE_URL")
    @classmethod
    def check_database_url(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Take the address, or a SQLite file beside the project; refuse any other database."""
        if "VAR_DIR" not in info.data:
            return value
        url = value.get_secret_value() or f"sqlite:///{info.data['VAR_DIR'].resolve()}/nlpadmin.sqlite3"
        _parse_database_url(url)
        return SecretStr(url)

    @field_validator("REDIS_URL")
    @classmethod
    def check_redis_url(cls, value: SecretStr) -> SecretStr:
        """Refuse an address that is not Redis's."""
        url = value.get_secret_value()
        if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("does not start with redis://, rediss:// or unix://")
        return value

    @field_validator("CELERY_BROKER_URL")
    @classmethod
    def check_broker_url(cls, value: SecretStr) -> SecretStr:
        """Refuse a broker's address without a scheme."""
        url = value.get_secret_value()
        if url and "://" not in url:
            raise ValueError("has no scheme")
        return value

    @field_validator("ULTRA_ENGINES", mode="before")
    @classmethod
    def read_engines(cls, value: object) -> object:
        """Read the engines of the site, or say each mistake in a sentence."""
        if not isinstance(value, str):
            return value
        try:
            return specs.read(value)
        except BadSpecsError as error:
            raise ValueError("; ".join(error.sentences)) from None

    @field_validator("TIME_ZONE")
    @classmethod
    def check_time_zone(cls, value: str) -> str:
        """Refuse a name the time-zone database does not know."""
        if value not in zoneinfo.available_timezones():
            raise ValueError(f"is {value!r}, which is no time zone")
        return value

    @property
    def spool_dir(self) -> Path:
        """Where uploads wait for a worker."""
        return (self.SPOOL_DIR or self.VAR_DIR / "spool").resolve()

    @property
    def static_dir(self) -> Path:
        """Where `collectstatic` puts the files that pages name; an image brings its own, beside the data."""
        return (self.STATIC_DIR or self.VAR_DIR / "static").resolve()

    @property
    def is_production(self) -> bool:
        """Whether the site is served to others, over TLS."""
        return not (self.DEBUG or self.NLPADMIN_DEMO)

    def database(self) -> dict[str, Any]:
        """Return the connection's parts as Django names them, the password from its file if there is one."""
        parts = _parse_database_url(self.DATABASE_URL.get_secret_value())
        if self.DATABASE_PASSWORD_FILE:
            parts["PASSWORD"] = _read_secret(self.DATABASE_PASSWORD_FILE)
        return parts


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"names {str(path)!r}, which cannot be read") from None


def _demo_secret_key(var_dir: Path) -> str:
    """Return the demo's own key, made at the first start and readable by its owner alone."""
    path = var_dir / "secret_key"
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    except OSError as error:
        raise ValueError(f"is missing, and {str(path)!r} cannot be written ({error.strerror})") from None
    key = _read_secret(path)
    _refuse_weak_key(key)
    return key


def _refuse_weak_key(key: str) -> None:
    if not key:
        raise ValueError("is missing")
    if len(key) < SECRET_KEY_LENGTH_MIN:
        raise ValueError(f"has {len(key)} characters")
    if len(set(key)) < SECRET_KEY_DISTINCT_MIN:
        raise ValueError(f"has {len(set(key))} different characters")
    if key.startswith("django-insecure-"):
        raise ValueError("starts with django-insecure-")


def _refuse_broad_host(host: str) -> None:
    if "*" in host:
        raise ValueError(f"has {host!r}: * answers to every name")
    if "/" in host:
        raise ValueError(f"has {host!r}, which is no host name")
    if host.startswith(".") and "." not in host[1:]:
        raise ValueError(f"has {host!r}, a whole top-level domain")


def _parse_database_url(url: str) -> dict[str, Any]:
    try:
        parts: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        raise ValueError("is no database address") from None
    if str(parts.get("ENGINE")) not in ENGINE_BY_VENDOR.values():
        raise ValueError(f"names a database that is not one of {', '.join(ENGINE_BY_VENDOR)}")
    if not parts.get("NAME"):
        raise ValueError("names no database")
    return parts


ENGINE_BY_VENDOR: Mapping[str, str] = {
    "SQLite": "django.db.backends.sqlite3",
    "PostgreSQL": "django.db.backends.postgresql",
    "MariaDB or MySQL": "django.db.backends.mysql",
}


def _report(errors: list[ErrorDetails]) -> str:
    """Say for each bad variable what was wrong and what would be right, without showing a secret."""
    count = "1 environment variable is" if len(errors) == 1 else f"{len(errors)} environment variables are"
    lines = [f"nlpadmin cannot start: {count} not right."]
    for error in errors:
        name = str(error["loc"][0])
        field = Environment.model_fields[name]
        lines.append(f"  {name} {_wrong(error)}; right would be: {field.description}.")
    return "\n".join(lines)


def _wrong(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return f"is {str(error['input'])!r}"

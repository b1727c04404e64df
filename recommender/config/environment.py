"""Read typed values from environment variables.

A bad value stops the start and names the variable.
"""

import os
import re
import secrets
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import dj_email_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError
from marshmallow.validate import Range

from recommender.encoder.known import DEFAULT, KNOWN, OFF

env = Env()
SECRET_LENGTH, SECRET_VARIETY = 32, 5  # characters, and different ones among them
UNSAFE_SECRET_PREFIX = "django-insecure-"  # noqa: S105 - of the keys that `startproject` writes
IMPLICIT_TLS_PORT = 465
LOG_BYTES = 16 << 20  # of SQLite's write-ahead log, once it is in the database


def boolean(name: str, default: bool) -> bool:
    return bool(_read(env.bool, name, default))


def integer(name: str, default: int, low: int, high: int) -> int:
    return int(_read(env.int, name, default, validate=Range(low, high)))


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in _read(env.list, name, default) if word.strip()]


def known_words(name: str, default: list[str], known: Callable[[str], str | None], example: str) -> list[str]:
    """A comma-separated list of known words.

    Each is there once, in the spelling that `known` returns.
    """
    spellings: dict[str, None] = {}
    for word in words(name, default):
        spelling = known(word)
        if spelling is None:
            raise ImproperlyConfigured(f"{name}: {word!r} is unknown; use words such as {example}")
        spellings[spelling] = None
    return list(spellings)


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    """One of a few words."""
    value = str(_read(env.str, name, default))
    if value not in known:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(known)}")
    return value


def require_package(name: str, package: str, extra: str) -> None:
    """Check that the package that a variable needs is installed."""
    if find_spec(package) is None:
        raise ImproperlyConfigured(f"{name} needs {package}; install it with: pip install 'paperboy[{extra}]'")


def token(name: str) -> str:
    """A secret that a program sends; empty if not set."""
    value = str(_read(env.str, name, ""))
    if value and (len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value):
        raise ImproperlyConfigured(f"{name} has {len(value)} characters; use at least 16, ASCII and without spaces")
    return value


def contact(name: str) -> str:
    """An e-mail address or a URL of a person to contact.

    Empty if not set.
    """
    value = str(_read(env.str, name, "")).strip()
    is_reachable = "@" in value or value.startswith(("https://", "http://"))
    if value and not (is_reachable and value.isascii() and value.isprintable() and not set(value) & set(" ();,<>")):
        raise ImproperlyConfigured(f"{name}={value!r} is not an e-mail address or URL such as admin@example.org")
    return value


def path(name: str, default: Path) -> Path:
    return Path(_read(env.str, name, str(default))).expanduser().absolute()


def encoder(name: str, encoders: Path) -> Path | None:
    """The folder of the sentence encoder, which need not exist yet; None if it is off.

    encoders  where encoders that are known by name are fetched to
    """
    value = str(_read(env.str, name, DEFAULT)).strip()
    if value == OFF:
        return None
    if value in KNOWN:
        return encoders / KNOWN[value].folder
    if "/" not in value and os.sep not in value:
        known = ", ".join([OFF, *KNOWN])
        raise ImproperlyConfigured(f"{name}={value!r} is neither one of {known} nor a folder such as ./{value}")
    return path(name, encoders)


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """A URL whose scheme is one of `schemes`.

    The empty default means "not set".
    """
    value = str(_read(env.str, name, default)).strip()
    _check_password(name, value)
    if value and (urlsplit(value).scheme not in schemes or not urlsplit(value).netloc):
        forms = " or ".join(f"{scheme}://..." for scheme in schemes)
        raise ImproperlyConfigured(f"{name}={_hide_password(value)!r} is not a URL of the form {forms}")
    return value


def service(name: str, default: str) -> str:
    """The URL of an outside service without a trailing slash.

    It must be https unless it is on this machine.
    """
    value = url(name, default, ("https", "http"))
    if not value or (urlsplit(value).scheme == "http" and not _is_loopback(str(urlsplit(value).hostname))):
        raise ImproperlyConfigured(f"{name}={_hide_password(value)!r} is not a URL of the form https://...")
    if urlsplit(value).username or urlsplit(value).query or urlsplit(value).fragment:
        raise ImproperlyConfigured(f"{name}={_hide_password(value)!r} may only have a host and a path")
    return value.rstrip("/")


def database(name: str, sqlite_file: Path) -> dict:
    """Django's database settings from a URL; without one, SQLite in write-ahead mode."""
    value = url(name, "", ("postgres", "postgresql"))
    if value:
        settings = dict(_read(env.dj_db_url, name, value))
        return settings | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": sqlite_file,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # secure_delete overwrites deleted rows, so that the file does not hold deleted accounts. Without a limit
            # the log keeps the size of the largest import for as long as any process has the database open
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; "
            f"PRAGMA journal_size_limit={LOG_BYTES};",
        },
    }


def storage(name: str, default: str, folder: Path) -> dict[str, object]:
    """Django's settings of a file storage.

    It is `folder`, `database` or the import path of another class. The variable `<name>_OPTIONS` has its options as a
    JSON object.
    """
    builtin = {
        "folder": ("django.core.files.storage.FileSystemStorage", {"location": str(folder)}),
        "database": ("recommender.serving.database_storage.DatabaseStorage", {}),
    }
    value = str(_read(env.str, name, default))
    backend, options = builtin.get(value, (value, {}))
    if "." not in backend:
        raise ImproperlyConfigured(f"{name}={value!r} is neither folder, database nor a class such as a.module.Class")
    require_package(name, backend.partition(".")[0], "storage")
    more_options = _read(env.json, f"{name}_OPTIONS", {})
    if not isinstance(more_options, dict):
        raise ImproperlyConfigured(f"{name}_OPTIONS is not a JSON object such as {{}}")
    return {"BACKEND": backend, "OPTIONS": options | more_options}


def email(name: str, folder: Path) -> dict[str, object]:
    """Django's mail settings from `smtp://user:password@host:port`; without it, files in `folder`.

    `smtps://` is TLS from the first byte, by default on port 465 (RFC 8314). dj-email-url would use STARTTLS.
    """
    value = url(name, "", ("smtp", "smtps", "submission"))
    if not value:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(folder)}
    scheme, _, rest = value.partition("://")
    is_encrypted = scheme == "smtps"
    parsed = _read(lambda *_: dj_email_url.parse(f"{'smtp' if is_encrypted else scheme}://{rest}"), name, "")
    if is_encrypted:
        port = urlsplit(value).port or IMPLICIT_TLS_PORT
        parsed |= {"EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False, "EMAIL_PORT": port}
    return {key: setting for key, setting in parsed.items() if key.startswith("EMAIL_") and key != "EMAIL_FILE_PATH"}


def mail_provider(name: str) -> str:
    """A provider of django-anymail, such as `postmark`.

    Empty if mail is sent by `EMAIL_URL`.
    """
    value = str(_read(env.str, name, "")).strip()
    if not value:
        return ""
    if find_spec("anymail") is None:
        raise ImproperlyConfigured(f"{name}={value!r} needs django-anymail: pip install 'paperboy[mail]'")
    if not value.isidentifier() or find_spec(f"anymail.backends.{value}") is None:
        raise ImproperlyConfigured(f"{name}={value!r} is not a provider such as postmark, mailgun or amazon_ses")
    return value


def prefixed(prefix: str) -> dict[str, str]:
    """Every variable whose name starts with `prefix`, by the rest of its name."""
    return {name.removeprefix(prefix): value for name, value in os.environ.items() if name.startswith(prefix)}


def secret(name: str, file: Path) -> str:
    """A secret of at least 32 characters, 5 of them different.

    If not set, a random one that is created once in `file` (mode 0600). `doctor` and Django's deployment check have no
    rule besides this one.
    """
    value = str(_read(env.str, name, ""))
    if value:
        return _checked_secret(name, value)
    try:
        return _checked_secret(str(file), file.read_text())
    except FileNotFoundError:
        return _make_secret(file)


def _checked_secret(name: str, value: str) -> str:
    if len(value) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters; a secret key needs at least {SECRET_LENGTH}")
    if len(set(value)) < SECRET_VARIETY or value.startswith(UNSAFE_SECRET_PREFIX):
        raise ImproperlyConfigured(f"{name} can be guessed; use {SECRET_LENGTH} or more random characters")
    return value


def _make_secret(file: Path) -> str:
    """Create the file with a random secret.

    Several processes at once end up with the same one.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(f".{secrets.token_hex(4)}")
    aside.touch(mode=0o600)
    aside.write_text(secrets.token_urlsafe(48))
    try:
        file.hardlink_to(aside)  # fails when another process was first; its secret is used
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    return file.read_text()


def _check_password(name: str, value: str) -> None:
    """Refuse a URL whose password has a character that ends it, such as `#`: the rest would count as something else."""
    after_scheme = value.partition("://")[2]
    authority = re.split("[/?#]", after_scheme, maxsplit=1)[0]
    rest = after_scheme.removeprefix(authority)
    if "@" in authority:
        password = authority.rpartition("@")[0].partition(":")[2]
        is_cut = "@" in password + re.sub(r"\?[^#]*", "", rest)  # in a query it is usual
    else:
        after_name = authority.partition(":")[2]
        is_cut = "@" in rest and bool(after_name) and not after_name.isdecimal()  # a number is a port
    try:
        urlsplit(value)
    except ValueError:
        is_cut = True  # for a bracket
    if is_cut:
        advice = "write @ as %40, # as %23, / as %2F, ? as %3F and [ as %5B in the user name and the password"
        raise ImproperlyConfigured(f"{name} has a character that must be percent-encoded: {advice}")


def _read(reader, name: str, default, **options):  # type: ignore[no-untyped-def]
    """The value of a variable.

    Raises ImproperlyConfigured with its name for a value of another type.
    """
    try:
        return reader(name, default, **options)
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"environment variable {name}: {error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hide_password(value: str) -> str:
    password = urlsplit(value).password
    return value.replace(password, "***") if password else value

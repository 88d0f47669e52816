"""How a service with logins is started, and what the suite has to know of that."""

from functools import cache

from tests.support import services

from .catalogue import EVERY_SETTING, UNTRUSTED, Setting


def variables(setting: Setting) -> dict[str, str]:
    """Return what the service is started with beside what every service is."""
    if setting.auth == "none":
        return {}
    chosen = services.WITH_LOGINS | {"JWT_PREVIOUS_SECRETS": "a secret of 32 bytes that was replaced"}
    # The limits are cases, so they are those that a service has by default.
    del chosen["LOGIN_ATTEMPTS_PER_MINUTE"]
    if setting.start != UNTRUSTED:
        # The suite stands for a proxy, so that each of its logins can come from an address of its own.
        chosen["TRUSTED_PROXIES"] = "127.0.0.1"
    if setting.start == EVERY_SETTING:
        del chosen["JWT_SECRET"], chosen["JWT_PREVIOUS_SECRETS"]
        chosen |= _every_setting()
    return chosen


def arguments(setting: Setting) -> list[str]:
    """Return the options that tell the suite so."""
    if setting.auth == "none":
        return []
    told = ["--auth=jwt", f"--admin-email={services.ADMIN_EMAIL}"]
    if setting.start != UNTRUSTED:
        told.append("--trusted-proxy")
    if setting.start == EVERY_SETTING:
        told.append("--registration-off")
    return told


def secrets(setting: Setting) -> dict[str, str]:
    """Return the variables that the suite takes its secrets from."""
    wanted = {"ADMIN_PASSWORD", "JWT_SECRET", "JWT_PREVIOUS_SECRETS", "JWT_PRIVATE_KEY"}
    return {name: value for name, value in variables(setting).items() if name in wanted}


@cache
def _every_setting() -> dict[str, str]:
    """Return the settings that change what a service does; the current key is among the previous ones, as in a rotation."""
    current, previous = (services.new_private_key() for _ in range(2))
    return {
        "JWT_PRIVATE_KEY": current,
        "JWT_PREVIOUS_PUBLIC_KEYS": "".join(services.openssl("pkey", "-pubout", stdin=key) for key in (previous, current)),
        "JWT_ISSUER": "https://issuer.example",
        "JWT_AUDIENCE": "https://audience.example",
        "JWT_TENANT": "a tenant",
        "REGISTRATION_ENABLED": "false",
    }

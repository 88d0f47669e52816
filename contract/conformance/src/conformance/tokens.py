"""Access tokens, taken apart and forged (RFC 7515, RFC 7519)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from conformance.service import DisagreementError

Sign = Callable[[bytes], bytes]

SIZE = 32


def encoded(data: bytes) -> str:
    """Return the unpadded base64url form of some bytes."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Token:
    """A token in its parts."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signature: bytes
    text: str

    @property
    def signed(self) -> bytes:
        """The part that the signature is of."""
        return self.text.rpartition(".")[0].encode("ascii")


@dataclass(frozen=True)
class Signing:
    """How the service signs its tokens; the secret is there where it is one."""

    algorithm: str
    sign: Sign
    secret: str = ""


def take_apart(text: str) -> Token:
    """Return the parts of a token that the service has issued, which has to be one."""
    try:
        header, claims, signature = text.split(".")
        return Token(json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature), text)
    except ValueError as error:
        raise DisagreementError(f"an access token is a signed JWT\nfound:    {text!r} ({error})") from None


def forge(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes, sign: Sign) -> str:
    """Return a token of these parts; those given as bytes go into it as they are."""
    parts = [part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = ".".join(encoded(part) for part in parts)
    return f"{signed}.{encoded(sign(signed.encode('ascii')))}"


def kid_of_secret(secret: str) -> str:
    """Return the name that the contract gives a secret."""
    return encoded(hashlib.sha256(f"kid:{secret}".encode()).digest())[:16]


def hmac_with(secret: bytes, digest: str = "sha256") -> Sign:
    return lambda data: hmac.new(secret, data, digest).digest()


def ecdsa_with(key: ec.EllipticCurvePrivateKey) -> Sign:
    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(SIZE, "big") + s.to_bytes(SIZE, "big")

    return sign


def rsa_with(key: rsa.RSAPrivateKey) -> Sign:
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def nothing(_: bytes) -> bytes:
    """Sign with nothing, as `alg: none` does."""
    return b""


def key_of_pem(text: str) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key in a PEM, in which `\\n` may stand for a line break. Raises ValueError for anything else."""
    key = serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 key")
    return key


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Return the members of a JWK that make the key (RFC 7518 §6.2.1)."""
    numbers = key.public_numbers()
    x, y = (encoded(number.to_bytes(SIZE, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the thumbprint of an EC key (RFC 7638)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return encoded(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def key_of_jwk(jwk: dict[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(decoded(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def pem_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def is_signed_by(token: Token, key: ec.EllipticCurvePublicKey) -> bool:
    """Say whether an ES256 token verifies with a public key."""
    if len(token.signature) != 2 * SIZE:
        return False
    r, s = (int.from_bytes(half, "big") for half in (token.signature[:SIZE], token.signature[SIZE:]))
    try:
        key.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True

"""The encryption of a web push (RFC 8291, aes128gcm of RFC 8188) and the signature of its sender (RFC 8292, VAPID).

pywebpush does this too. It needs a library that exists as source only, so the layer of wheels cannot have it, and its request
resolves the host again after the check of its address. Imported where it is used: cryptography is slow to load.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
MAX_PLAINTEXT = 3993  # of a push service that accepts the 4,096 bytes of one record
TOKEN_LIFETIME = timedelta(hours=12)  # a push service accepts at most 24 hours
CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve's group


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key_of(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the private key that derives from a key of a key ring, so that a ring needs no form of its own."""
    number = int.from_bytes(hashlib.sha512(b"web push\x00" + secret).digest())
    return ec.derive_private_key(number % (ORDER - 1) + 1, CURVE)


def public_key_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_public_key(text: str) -> bool:
    """Whether a text is a point of the curve: a browser's key that a push can be encrypted for."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode(text))
    except ValueError:
        return False
    return True


def encrypt(plaintext: bytes, p256dh: str, auth: str) -> bytes:
    """Encrypt a push for a browser, with a new key and a new salt. Raises: ValueError (its key is none, or it is too long)."""
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError("a web push has at most 3,993 bytes")
    receiver = decode(p256dh)
    sender = ec.generate_private_key(CURVE)
    shared = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, receiver))
    sender_key, salt = public_key_of(sender), os.urandom(16)
    secret = _derive(decode(auth), shared, b"WebPush: info\x00" + receiver + sender_key, 32)
    key, nonce = (_derive(salt, secret, f"Content-Encoding: {name}\x00".encode(), size) for name, size in _KEYS)
    header = salt + RECORD_SIZE.to_bytes(4) + bytes([len(sender_key)]) + sender_key
    return header + AESGCM(key).encrypt(nonce, plaintext + b"\x02", None)  # 2: the last record


_KEYS = (("aes128gcm", 16), ("nonce", 12))


def _derive(salt: bytes, secret: bytes, info: bytes, size: int) -> bytes:
    """Return at most 32 bytes of HKDF with SHA-256."""
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:size]


def authorization(private: ec.EllipticCurvePrivateKey, host: str, contact: str, at: datetime) -> str:
    """Return the header that proves to a push service who sends, for at most 12 hours, with a contact."""
    claims = {"aud": f"https://{host}", "exp": int((at + TOKEN_LIFETIME).timestamp()), "sub": contact}
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{encode(r.to_bytes(32) + s.to_bytes(32))}"
    return f"vapid t={token}, k={encode(public_key_of(private))}"

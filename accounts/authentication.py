"""API tokens: who a request's bearer token belongs to, and what that token may do."""

import re

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import AuthToken, User

KEY = re.compile(rb"pb_[0-9a-f]{64}")
ADVICE = "make a new one under Settings, API tokens"


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Bearer pb_...`; only reads, where Knox itself deletes expired rows on any request."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if not KEY.fullmatch(token):
            raise AuthenticationFailed(_why_malformed(token))
        found = AuthToken.objects.select_related("user").filter(digest=hash_token(token.decode())).first()
        if found is None:
            raise AuthenticationFailed(f"this token is unknown or was revoked; {ADVICE}")
        if found.has_expired:
            raise AuthenticationFailed(f"this token expired on {found.expiry:%Y-%m-%d}; {ADVICE}")
        user, auth_token = self.validate_user(found)
        return user, auth_token


def _why_malformed(token: bytes) -> str:
    if token.startswith(b"hf_"):
        return f"this is Paperboy, not huggingface.co: it does not take Hugging Face tokens; {ADVICE}"
    return f"this is not a Paperboy token, which is pb_ and 64 hexadecimal digits; {ADVICE}"


def reader_of(request: Request | HttpRequest) -> User:
    """The reader who is signed in; only for views that let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def may_write(request: Request) -> bool:
    return not isinstance(request.auth, AuthToken) or request.auth.scope == AuthToken.Scope.WRITE


class TokenScope(BasePermission):
    """A token that may only read stays with the safe methods; sessions are not limited."""

    message = f'this token may only read; changing anything needs a token with the scope "write": {ADVICE}'

    def has_permission(self, request: Request, view: object) -> bool:
        return request.method in SAFE_METHODS or may_write(request)


class ManagesTokens(BasePermission):
    """A token that may only read does not even see its reader's other tokens."""

    message = f'managing tokens needs a token with the scope "write": {ADVICE}'

    def has_permission(self, request: Request, view: object) -> bool:
        return may_write(request)


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema describes `TokenAuthentication`."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A Paperboy token, `pb_...`"}

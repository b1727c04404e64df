"""API tokens: whose they are and what they allow.

Tokens of other services are refused.
"""

import re
from collections.abc import Callable

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import AuthToken, User

from .problems import PROBLEM_TYPE, problem

KEY = re.compile(rb"pb_[0-9a-f]{64}")
ADVICE = "create a new one under Settings, API tokens"
CREDENTIAL_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
HUGGING_FACE_PREFIX = "hf_"  # occurs neither in our tokens (`pb_` and hexadecimal digits) nor in base64
API_PREFIX = "/api/v1/"


class TokenAuthentication(KnoxTokenAuthentication):
    """Authenticate `Authorization: Bearer pb_...`.

    It only reads the database; Knox's own class deletes expired tokens on any request.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if token.startswith(HUGGING_FACE_PREFIX.encode()):
            raise AuthenticationFailed(f"this is Paperboy, not huggingface.co; it needs its own token: {ADVICE}")
        if not KEY.fullmatch(token):
            raise AuthenticationFailed(
                f"this is not a Paperboy token, which is pb_ followed by 64 hexadecimal digits; {ADVICE}"
            )
        row = AuthToken.objects.select_related("user").filter(digest=hash_token(token.decode())).first()
        if row is None:
            raise AuthenticationFailed(f"this token is unknown or was revoked; {ADVICE}")
        if row.has_expired:
            raise AuthenticationFailed(f"this token expired on {row.expiry:%Y-%m-%d}; {ADVICE}")
        user, auth_token = self.validate_user(row)
        return user, auth_token


def reader_of(request: Request | HttpRequest) -> User:
    """The signed-in reader; only for views that require signing in."""
    assert isinstance(request.user, User)
    return request.user


def may_write(request: Request) -> bool:
    return not isinstance(request.auth, AuthToken) or request.auth.scope == AuthToken.Scope.WRITE


class TokenScope(BasePermission):
    """Limit a read-only token to the safe methods; sessions are not limited."""

    message = f'this token is read-only; changes need a token with the scope "write": {ADVICE}'

    def has_permission(self, request: Request, view: object) -> bool:
        return request.method in SAFE_METHODS or may_write(request)


class ManagesTokens(BasePermission):
    """Hide a reader's tokens from a read-only token."""

    message = f'managing tokens needs a token with the scope "write": {ADVICE}'

    def has_permission(self, request: Request, view: object) -> bool:
        return may_write(request)


class BearerScheme(OpenApiAuthenticationExtension):
    """Describe `TokenAuthentication` in the OpenAPI schema."""

    target_class = "feeds.http.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A Paperboy token, `pb_...`"}


class RefuseForeignTokens:
    """Middleware that answers 401 to requests with a Hugging Face token.

    It comes first, and removes the token from the request, so that no log and no error report can contain it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        names = [name for name in CREDENTIAL_HEADERS if HUGGING_FACE_PREFIX in request.META.get(name, "").lower()]
        if not names:
            return self.get_response(request)
        for name in names:
            del request.META[name]
        message = f"This is not huggingface.co; set HF_TOKEN to a token from {settings.SITE_URL}/settings/tokens/"
        if request.path_info.startswith(API_PREFIX):
            content_type, document = PROBLEM_TYPE, problem(401, message)
        else:
            content_type, document = "application/json", {"error": message}
        headers = {
            "WWW-Authenticate": "Bearer",
            "X-Error-Message": message,  # `huggingface_hub` shows this header
            "Cache-Control": "no-store",
            "Vary": "Authorization, X-API-Key",
        }
        return HttpResponse(orjson.dumps(document), status=401, content_type=content_type, headers=headers)

"""API tokens: whose token a request carries, and what it may do; other services' tokens are refused."""

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

    target_class = "feeds.http.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A Paperboy token, `pb_...`"}


HEADERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
MARK = "hf_"  # neither our tokens, `pb_` and hexadecimal digits, nor the base64 of a password can hold it
OURS = "/api/v1/"


class RefuseForeignTokens:
    """Middleware, the first of all: a request with such a token is a 401 at every address, and goes no further."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        foreign = [name for name in HEADERS if MARK in request.META.get(name, "").lower()]
        for name in foreign:
            del request.META[name]
        return _refusal(request.path_info) if foreign else self.get_response(request)


def _refusal(path: str) -> HttpResponse:
    words = f"This is not huggingface.co; set HF_TOKEN to a token from {settings.SITE_URL}/settings/tokens/"
    content_type, body = (
        (PROBLEM_TYPE, problem(401, words)) if path.startswith(OURS) else ("application/json", {"error": words})
    )
    headers = {
        "WWW-Authenticate": "Bearer",
        "X-Error-Message": words,  # what `huggingface_hub` shows
        "Cache-Control": "no-store",
        "Vary": "Authorization, X-API-Key",
    }
    return HttpResponse(orjson.dumps(body), status=401, content_type=content_type, headers=headers)

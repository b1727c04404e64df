"""What staff may look at, and not change: what sources said, how far they were read, whether they are on time,
and which digests were sent."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .digest.models import Delivery
from .fetching.freshness import freshness
from .models import Cursor, Fetch, Host, Submission, Telling

admin.site.site_header = admin.site.site_title = "Paperboy"
admin.site.index_title = "Sources, submissions and digests"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class ReadOnly(admin.ModelAdmin):
    """Rows that programs write; a person who changed them would make them untrue."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Fetch)
class FetchAdmin(ReadOnly):
    """The ledger, below the age of each source against its promise."""

    change_list_template = "admin/feeds/fetches.html"
    list_display = ["day", "source", "state", "attempts", "tried_at", "finished_at", "next_at", "error"]
    list_filter = ["source", "state"]
    date_hierarchy = "day"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | {"sources": freshness(timezone.now())})


@admin.register(Cursor)
class CursorAdmin(ReadOnly):
    list_display = ["source", "scope", "is_finished", "moved_at"]
    list_filter = ["source", "is_finished"]


@admin.register(Host)
class HostAdmin(ReadOnly):
    list_display = ["name", "free_at", "holder"]


@admin.register(Telling)
class TellingAdmin(ReadOnly):
    list_display = ["paper", "source", "first_seen_at", "changed_at"]
    list_filter = ["source"]
    list_select_related = ["paper"]
    search_fields = ["paper__public_id", "paper__title"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ["public_id", "state", "submitter", "day", "submitted_at", "reason"]
    list_filter = ["state"]
    list_select_related = ["submitter"]
    search_fields = ["public_id", "submitter__email"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """What became of each digest; of those that are uncertain nobody knows whether they arrived."""

    list_display = ["day", "recipient", "kind", "state", "attempts", "sending_at", "sent_at", "next_at", "error"]
    list_filter = ["state", "kind", ("subscriber", admin.EmptyFieldListFilter)]
    list_select_related = ["reader", "subscriber"]
    date_hierarchy = "day"
    search_fields = ["reader__email", "subscriber__address", "address", "message_id"]
    show_full_result_count = False

    @admin.display(description="recipient", ordering="address")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.reader.email if delivery.reader else str(delivery.subscriber)

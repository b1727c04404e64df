"""The staff's admin: read-only, except for which model serves and who may sign in."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import User
from recommender.models import Evidence, Experiment, NightStep, TrainedModel
from recommender.night import overrule

from .models import Cursor, Delivery, Fetch, Host, Submission, Telling
from .sources.freshness import freshness

admin.site.site_header = admin.site.site_title = "Paperboy"
admin.site.index_title = "Sources, nights, models, readers and digests"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

MOST_REASON = 500
RANK_AGAIN = "Stored rankings are updated as readers visit; to update all now: manage.py night --step rank --again."


class ReadOnly(admin.ModelAdmin):
    """Rows that only programs write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Fetch)
class FetchAdmin(ReadOnly):
    """The ledger of fetches, with the age of each source above it."""

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
    """The state of each digest.

    An uncertain one may or may not have arrived.
    """

    list_display = ["day", "recipient", "kind", "state", "attempts", "sending_at", "sent_at", "next_at", "error"]
    list_filter = ["state", "kind", ("subscriber", admin.EmptyFieldListFilter)]
    list_select_related = ["reader", "subscriber"]
    date_hierarchy = "day"
    search_fields = ["reader__email", "subscriber__address", "address", "message_id"]
    show_full_result_count = False

    @admin.display(description="recipient", ordering="address")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.reader.email if delivery.reader else str(delivery.subscriber)


@admin.register(TrainedModel)
class TrainedModelAdmin(ReadOnly):
    """The record of models.

    Two actions promote or refuse one by hand, with a reason.
    """

    list_display = ["version", "day", "state", "trained_at", "promoted_at", "votes_seen", "readers_seen", "verdict"]
    list_filter = ["state"]
    date_hierarchy = "day"
    actions = ["promote", "refuse"]

    @admin.action(description="Promote by hand …", permissions=["decide"])
    def promote(self, request: HttpRequest, models: QuerySet[TrainedModel]) -> HttpResponse | None:
        return self._decide(request, models, "promote", overrule.overrule)

    @admin.action(description="Refuse by hand …", permissions=["decide"])
    def refuse(self, request: HttpRequest, models: QuerySet[TrainedModel]) -> HttpResponse | None:
        return self._decide(request, models, "refuse", overrule.refuse)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommender.change_trainedmodel")

    def _decide(
        self, request: HttpRequest, models: QuerySet[TrainedModel], action: str, decide: Callable[[str, str], Any]
    ) -> HttpResponse | None:
        """Ask for a reason, then carry out and log the decision."""
        if models.count() != 1:
            self.message_user(request, "Select exactly one model.", messages.ERROR)
            return None
        model, reason = models.get(), request.POST.get("because", "").strip()
        if not reason:
            context = self.admin_site.each_context(request) | {"model": model, "action": action, "opts": self.opts}
            return TemplateResponse(request, "admin/feeds/decide.html", context)
        try:
            decide(model.version, reason[:MOST_REASON])
        except overrule.OverruleError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        self.log_change(request, model, f"{action} by hand: {reason[:MOST_REASON]}")
        self.message_user(request, f"{model.version}: {action} done and recorded. {RANK_AGAIN}")
        return None


@admin.register(Experiment)
class ExperimentAdmin(ReadOnly):
    """Experiments between models; `manage.py experiment` starts and stops them."""

    list_display = ["public_id", "challenger", "share", "is_running", "started_at", "ended_at", "ended_because"]
    list_filter = ["is_running"]
    list_select_related = ["challenger"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    """The nightly figures that /models/evidence/ shows."""

    list_display = ["day", "made_at"]
    date_hierarchy = "day"


@admin.register(NightStep)
class NightStepAdmin(ReadOnly):
    """The ledger of night steps."""

    list_display = ["day", "step", "state", "attempts", "started_at", "finished_at", "lease_until", "error"]
    list_filter = ["step", "state"]
    date_hierarchy = "day"
    exclude = ["claim"]


@admin.register(User)
class ReaderAdmin(ReadOnly):
    """Accounts, and whether they may sign in.

    Votes and interests are private and not shown.
    """

    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "is_simulated", "joined_at", "last_login"]
    list_display = ["email", "name", "joined_at", "is_active", "is_staff", "is_simulated"]
    list_filter = ["is_active", "is_staff", "is_simulated"]
    search_fields = ["email", "name"]
    ordering = ["-joined_at"]
    show_full_result_count = False
    actions = ["deactivate", "activate"]

    @admin.action(description="Deactivate (no sign-in, tokens refused, nothing deleted)", permissions=["switch"])
    def deactivate(self, request: HttpRequest, readers: QuerySet[User]) -> None:
        self._switch(request, readers.filter(is_staff=False), to=False)

    @admin.action(description="Activate", permissions=["switch"])
    def activate(self, request: HttpRequest, readers: QuerySet[User]) -> None:
        self._switch(request, readers.filter(is_staff=False), to=True)

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    def _switch(self, request: HttpRequest, readers: QuerySet[User], *, to: bool) -> None:
        """Activate or deactivate readers.

        Staff accounts can be changed only on the server.
        """
        changed, change = list(readers.exclude(is_active=to)), "activated" if to else "deactivated"
        for reader in changed:
            self.log_change(request, reader, change)
        User.objects.filter(pk__in=[reader.pk for reader in changed]).update(is_active=to)
        self.message_user(request, f"{len(changed)} {change}; staff accounts are not changed.")

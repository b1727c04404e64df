"""The page to submit a paper, with earlier submissions.

A member submits to the day's list and sees the outcome of earlier submissions.
"""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from feeds.http.authentication import reader_of
from feeds.models import SubmissionState
from feeds.sources.submissions import SubmissionOutcome, TooMany, submit

LISTED = 20


class SubmissionForm(forms.Form):
    """One paper, by its id or a link to it."""

    paper = forms.CharField(
        max_length=300,
        label="arXiv id or link",
        help_text="Such as 2607.21557, hep-th/9901001 or https://arxiv.org/abs/2607.21557.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def submit(self, reader: User) -> SubmissionOutcome | None:
        """Submit the paper.

        Returns None, with an error beside the field, if it cannot be listed.
        """
        try:
            outcome = submit(reader, self.cleaned_data["paper"], timezone.now())
        except ValidationError as error:
            self.add_error("paper", error.messages)
            return None
        except TooMany as error:
            self.add_error("paper", f"{str(error)[0].upper()}{str(error)[1:]}.")
            return None
        if outcome.state == SubmissionState.REFUSED:
            self.add_error("paper", f"{outcome.public_id} is not listed: {outcome.reason}.")
            return None
        return outcome


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submissions(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    form = SubmissionForm(request.POST or None)
    if form.is_valid() and (outcome := form.submit(reader)):
        paper = outcome.paper
        if paper is None:
            message = f"arXiv is not responding. {outcome.public_id} will be listed as soon as it does."
        elif outcome.was_here:
            message = f"This paper is already on the list of {paper.day:%-d %B %Y}."
        else:
            message = f"Thank you. The paper is on the list of {paper.day:%-d %B %Y}."
        messages.success(request, message)
        return redirect(paper or "submit")
    own = reader.submissions.select_related("paper")
    limit = settings.SUBMISSIONS_PER_DAY
    left = max(0, limit - own.filter(day=timezone.now().date()).count())
    return render(
        request, "feeds/submit.html", {"form": form, "submissions": own[:LISTED], "limit": limit, "left": left}
    )

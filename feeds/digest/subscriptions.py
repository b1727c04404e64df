"""Whoever deletes their account has not subscribed without one either."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from accounts.models import User
from feeds.models import Subscriber


@receiver(pre_delete, sender=User)
def unsubscribe(instance: User, **_: Any) -> None:
    """Forget the subscriptions of every address that the reader has given, with what was sent to them."""
    given = {instance.email, *EmailAddress.objects.filter(user=instance).values_list("email", flat=True)}
    lowered = Subscriber.objects.annotate(lowered=Lower("address"))
    lowered.filter(lowered__in=[address.lower() for address in given]).delete()

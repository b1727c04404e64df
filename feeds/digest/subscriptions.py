"""Deleting an account also ends the digest subscriptions of its addresses."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from accounts.models import User
from feeds.models import Subscriber


@receiver(pre_delete, sender=User)
def unsubscribe(instance: User, **_: Any) -> None:
    """Delete the subscriptions, with their deliveries, of every address of the account."""
    others = EmailAddress.objects.filter(user=instance).values_list("email", flat=True)
    addresses = {address.lower() for address in (instance.email, *others)}
    Subscriber.objects.annotate(lowered=Lower("address")).filter(lowered__in=addresses).delete()

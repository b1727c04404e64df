"""Webhooks: signed messages that tell the programs of readers what happened."""

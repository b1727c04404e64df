"""A paper's citations, for the paper's page and for what reference managers look for on any page."""

from django import template

from feeds import citing

register = template.Library()

register.filter("bibtex", citing.bibtex)
register.filter("citation", citing.line)
register.filter("open_url", citing.open_url)

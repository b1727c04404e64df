"""All checks of the doctor, each relying only on earlier ones."""

from datetime import datetime

from . import check_configuration, check_jobs, check_stores
from .finding import Finding, Severity


def examine(now: datetime, *, deploy: bool) -> list[Finding]:
    """Run the checks and return their findings.

    Checks that need a broken database or cache are left out.

    deploy  also check what a public site needs
    """
    findings = [
        *check_configuration.django_checks(deploy=deploy),
        *(check_configuration.public_site() if deploy else ()),
        *check_configuration.data_folder(),
        *check_configuration.static_files(),
        *check_configuration.encoder(),
        *check_configuration.metrics(),
    ]
    database = list(check_stores.database())
    findings += database
    if any(finding.name == "database" and finding.state == Severity.BAD for finding in database):
        return findings
    tables = list(check_stores.migrations())
    findings += [
        *tables,
        *check_stores.redis(),
        *check_jobs.worker(),
        *check_jobs.queue_ages(),
        *check_jobs.mail(),
    ]
    if any(finding.state == Severity.BAD for finding in tables):
        return findings  # queries would fail on the tables of another version
    cache = list(check_stores.cache_works())
    findings += cache
    if all(finding.state != Severity.BAD for finding in cache):
        findings += check_jobs.beat(now)
    return [*findings, *check_jobs.model(now), *check_jobs.night(now), *check_jobs.sources(now)]

"""Scheduled jobs. They work on the state of the database and are harmless when run twice."""

from audit.alerts.evaluation import evaluate_alerts as look_for_alerts
from audit.alerts.webhooks import send_alerts as deliver_alerts
from audit.delivery import send_checkpoints as deliver_checkpoints
from audit.expiry import remove_due_events
from audit.seal import DivergedError, seal_events
from audit.streams.delivery import deliver_events
from audit.streams.lags import measure_lags
from audit.witnesses import ask_witnesses as ask_for_cosignatures
from controlhub.actions.addresses import resolve_addresses as resolve
from controlhub.actions.bursts import flag_bursts as flag
from controlhub.actions.client_tokens import sweep_client_tokens as sweep_clients
from controlhub.actions.erasure import erase_due_people
from controlhub.actions.firings import report_failed_verification
from controlhub.actions.imports import sweep_imports
from controlhub.actions.invitations import sweep_invitations as sweep_invites
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.actions.jobs.running import sweep_jobs as sweep_finished_jobs
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.outbox import sweep_mail as sweep_outbox
from controlhub.actions.overdue import report_overdue_jobs as report_overdue
from controlhub.actions.purges import purge_due_users
from controlhub.actions.repeats import close_hours as close_ended_hours
from controlhub.actions.request_log import sweep_requests as sweep_log
from controlhub.actions.sessions import sweep_sessions as sweep_expired_sessions
from controlhub.actions.tokens import warn_of_expiry
from controlhub.actions.upkeep import merge_row_counts as merge_counts
from controlhub.actions.upkeep import sweep_page_positions as sweep_positions
from controlhub.schedule.decorator import scheduled_job
from directory.actions.imports import sweep_people_imports
from directory.actions.purges import purge_due_people
from directory.engine import dry_runs, undo
from directory.engine.running import run_due_cycles
from directory.engine.sweeping import sweep_changes, sweep_outcomes, sweep_plans
from directory.engine.target_reading import read_asked_schemas

KINDS = (dry_runs.DryRun, undo.UndoCycle)
"""Kinds of jobs that a worker would not import otherwise."""


@scheduled_job
def purge_users() -> int:
    """Permanently delete users whose retention period has ended. Returns the number of deleted users."""
    return purge_due_users().purged


@scheduled_job
def purge_people() -> int:
    """Permanently delete people of the directory 30 days after they were deleted. Returns the number of people."""
    return purge_due_people()


@scheduled_job
def flag_bursts() -> int:
    """Exempt users who became Inactive in a burst from the purge. Returns the number of users."""
    return flag()


@scheduled_job
def resolve_addresses() -> int:
    """Send the links that people requested, and record failed sign-ins. Returns the number of addresses looked up."""
    return resolve()


@scheduled_job
def send_mail() -> int:
    """Send the mail in the outbox. Returns the number of messages sent."""
    return send_due_mail()


@scheduled_job
def report_overdue_jobs() -> int:
    """Send mail about jobs that have not succeeded for several of their periods. Returns the number of jobs."""
    return report_overdue()


@scheduled_job
def sweep_mail() -> int:
    """Delete mail that is more than a month old. Returns the number of deleted messages."""
    return sweep_outbox()


@scheduled_job
def warn_of_expiring_tokens() -> int:
    """Send mail to administrators about tokens that expire soon. Returns the number of tokens."""
    return warn_of_expiry()


@scheduled_job
def sweep_client_tokens() -> int:
    """Delete short-lived tokens of OAuth clients a day after they expired. Returns the number of deleted tokens."""
    return sweep_clients()


@scheduled_job
def sweep_sessions() -> int:
    """Delete expired sessions, including those of unfinished sign-ins. Returns the number of deleted sessions."""
    return sweep_expired_sessions()


@scheduled_job
def sweep_invitations() -> int:
    """Delete expired invitations. Returns the number of deleted invitations."""
    return sweep_invites()


@scheduled_job
def seal_audit() -> int:
    """Seal the new audit events. Returns the number of sealed events. Logs that have diverged trigger their alerts."""
    try:
        return seal_events()
    except DivergedError as error:
        report_failed_verification(error.organization_ids)
        raise


@scheduled_job
def remove_expired_events() -> int:
    """Export and remove audit events whose retention period has ended. Returns the number of removed events."""
    return remove_due_events()


@scheduled_job
def send_checkpoints() -> int:
    """Send the newest checkpoints of the audit log to a second location. Returns the number of checkpoints sent."""
    return deliver_checkpoints()


@scheduled_job
def ask_witnesses() -> int:
    """Collect witnesses' cosignatures on checkpoints of the audit log. Returns the number of cosignatures."""
    return ask_for_cosignatures()


@scheduled_job
def send_streams() -> int:
    """Send sealed audit events to their streams. Returns the number of events sent."""
    return deliver_events()


@scheduled_job
def measure_streams() -> int:
    """Record how many audit events wait for each stream. Returns the number of streams."""
    return measure_lags()


@scheduled_job
def evaluate_alerts() -> int:
    """Check the conditions of alerts. Returns how often alerts fired."""
    return look_for_alerts()


@scheduled_job
def send_alerts() -> int:
    """Send alerts to their webhooks. Returns the number of requests sent."""
    return deliver_alerts()


@scheduled_job
def sweep_page_positions() -> int:
    """Delete list positions that no client has continued for a day. Returns the number of deleted positions."""
    return sweep_positions()


@scheduled_job
def sweep_requests() -> int:
    """Delete logged SCIM requests that are too old or too many. Returns the number of deleted requests."""
    return sweep_log()


@scheduled_job
def close_hours() -> int:
    """Record how often events happened in hours that are over. Returns the number of different events."""
    return close_ended_hours()


@scheduled_job
def erase_people() -> int:
    """Erase the personal data of deleted people where their organization requires it. Returns the number of people."""
    return erase_due_people()


@scheduled_job
def merge_row_counts() -> int:
    """Merge the counters that concurrent writers left behind. Returns the number of merged counters."""
    return merge_counts()


@scheduled_job
def run_jobs() -> int:
    """Run steps of the jobs that people started. Returns the number of steps."""
    return run_due_jobs()


@scheduled_job
def sweep_jobs() -> int:
    """Delete old finished jobs and uploaded files. Returns the number of deleted jobs and files."""
    return sweep_finished_jobs() + sweep_imports() + sweep_people_imports()


@scheduled_job
def provision_people() -> int:
    """Run cycles that provision people and groups to applications. Returns the number of objects processed."""
    done = run_due_cycles()
    read_asked_schemas()
    return done


@scheduled_job
def sweep_provisioning() -> int:
    """Delete old rows of the provisioning log, and changes that all applications have read. Returns their number."""
    return sweep_outcomes() + sweep_plans() + sweep_changes()

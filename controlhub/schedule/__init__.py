"""Scheduled jobs: their queues and schedule, and what is noted about each run. They are in `controlhub.tasks`.

Jobs that people start are in `controlhub.actions.jobs`; a scheduled job carries them out.
"""

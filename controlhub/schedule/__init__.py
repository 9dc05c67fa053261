"""Scheduled jobs: their queues, schedule and records of each run. The jobs themselves are in `controlhub.tasks`.

Jobs that people start are in `controlhub.actions.jobs`; a scheduled job runs them.
"""

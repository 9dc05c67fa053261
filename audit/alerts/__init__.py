"""Alerts: who looks for their events in the sealed log, and sends requests to their receivers (decision 0093)."""

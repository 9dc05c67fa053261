"""Alerts: matches events in the sealed log and sends requests to the alerts' receivers (decision 0093)."""

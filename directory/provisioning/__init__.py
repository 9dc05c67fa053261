"""The decisions of provisioning, without Django, the database or the network: mappings, scope, plan."""

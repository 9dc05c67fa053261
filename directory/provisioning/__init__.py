"""What provisioning decides, without Django, the database or the network: mappings, scope, plan."""

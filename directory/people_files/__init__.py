"""Files of people that an administrator uploads: CSV with Entra's names, and LDIF."""

"""SCIM 2.0 (RFC 7643, RFC 7644) as pure Python: standard library only, usable by server and client."""

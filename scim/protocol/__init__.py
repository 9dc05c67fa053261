"""SCIM 2.0 (RFC 7643, RFC 7644) in pure Python. Standard library only, for servers and clients."""

"""The formats of transparency logs: RFC 6962 Merkle trees and the text formats of C2SP (https://c2sp.org).

It uses only the standard library and cryptography, and does not depend on Django, tables or organizations.
"""

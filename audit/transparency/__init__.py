"""The formats of transparency logs: RFC 6962 Merkle trees and the text formats of C2SP (https://c2sp.org).

Standard library and cryptography only: nothing here knows Django, a table or an organization.
"""

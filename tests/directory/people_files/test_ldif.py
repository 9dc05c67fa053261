"""LDIF: the examples of RFC 2849, refused input, and the attributes that a person gets."""

import base64

import pytest

from directory.people_files.entries import is_person, table_of_people
from directory.people_files.ldif import Fault, LdifError, entries

TWO = """version: 1
dn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com
objectclass:top
objectclass:person
objectclass:organizationalPerson
cn:Barbara Jensen
cn:Barbara J Jensen
cn:Babs Jensen
sn:Jensen
uid:bjensen
telephonenumber:+1 408 555 1212
description:Babs is a big sailing fan, and travels extensively in sea
 rch of perfect sailing conditions.
title:Product Manager, Rod and Reel Division

dn: cn=Bjorn Jensen, ou=Accounting, dc=airius, dc=com
objectclass: top
objectclass: person
objectclass: organizationalPerson
cn: Bjorn Jensen
sn: Jensen
telephonenumber: +1 408 555 1212
"""
"""Examples 1 and 2, the second one with spaces after the colons."""
GERN = """version: 1
dn: cn=Gern Jensen, ou=Product Testing, dc=airius, dc=com
objectclass: top
objectclass: person
cn: Gern Jensen
uid: gernj
description:: V2hhdCBhIGNhcmVmdWwgcmVhZGVyIHlvdSBhcmUhICBUaGlzIHZhbHVlIGl
 zIGJhc2UtNjQtZW5jb2RlZCBiZWNhdXNlIGl0IGhhcyBhIGNvbnRyb2wgY2hhcmFjdGVyIGlu
 IGl0IChhIENSKS4NICBCeSB0aGUgd2F5LCB5b3Ugc2hvdWxkIHJlYWxseSBnZXQgb3V0IG1vcm
 UuCg==
"""
"""Example 3: a value in Base64 over several lines."""
JAPANESE = """version: 1
dn:: b3U95Za25qWt6YOoLG89QWlyaXVz
# dn:: ou=<JapaneseOU>,o=Airius
objectclass: top
objectclass: organizationalUnit
ou:: 5Za25qWt6YOo
# ou:: <JapaneseOU>
ou;lang-ja:: 5Za25qWt6YOo
description: Japanese organizational unit
"""
"""Example 4: names in Base64, comments and options."""


def test_examples_of_the_rfc_are_parsed():
    barbara, bjorn = entries(TWO)
    assert (barbara.line, bjorn.line) == (2, 16)
    assert barbara.dn == "cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com"
    assert barbara.texts("cn") == ["Barbara Jensen", "Barbara J Jensen", "Babs Jensen"]
    assert barbara.texts("description")[0].endswith("travels extensively in search of perfect sailing conditions.")
    assert bjorn.texts("telephonenumber") == ["+1 408 555 1212"]
    (gern,) = entries(GERN.replace("\n", "\r\n"))
    assert gern.texts("description")[0].startswith("What a careful reader you are!  This value is base-64")
    (unit,) = entries(JAPANESE)
    assert (unit.dn, unit.texts("ou"), unit.texts("ou;lang-ja")) == ("ou=営業部,o=Airius", ["営業部"], ["営業部"])


def test_binary_values_are_not_text_and_comments_can_be_folded():
    photo = base64.b64encode(b"\xff\xd8\xff").decode()
    (entry,) = entries(f"# a comment\n  that goes on\n\ndn: cn=a\njpegphoto:: {photo}\n")
    assert (entry.values["jpegphoto"], entry.texts("jpegphoto")) == ([b"\xff\xd8\xff"], [])


@pytest.mark.parametrize(
    ("text", "fault", "line"),
    [
        ("version: 2\ndn: cn=a\n", Fault.VERSION, 1),
        ("version: 1\ncn: a\n", Fault.NO_DN, 2),
        ("dn: cn=a\ncn a\n", Fault.NO_COLON, 2),
        ("dn: cn=a\ncn:: §§\n", Fault.BASE64, 2),
        ("dn: cn=a\njpegphoto:< file:///etc/passwd\n", Fault.URL, 2),
        ("dn: cn=a\nchangetype: delete\n", Fault.CHANGE, 2),
        ("dn: cn=a\ncontrol: 1.2.3\nchangetype: add\n", Fault.CHANGE, 2),
        ("\n  dn: cn=a\n", Fault.CONTINUATION, 2),
    ],
)
def test_syntax_error_names_its_line(text, fault, line):
    with pytest.raises(LdifError) as caught:
        list(entries(text))
    assert (caught.value.fault, caught.value.line) == (fault, line)


PEOPLE = """dn: CN=Trinity,OU=Crew,DC=example,DC=com
objectClass: user
userPrincipalName: trinity@example.com
sAMAccountName: trin
displayName: Trinity
sn: Trin
title: Pilot
co: Germany
c: DE
l: Zion
userAccountControl: 512
manager: cn=Morpheus, ou=Crew, dc=example, dc=com

dn: cn=Morpheus,ou=Crew,dc=example,dc=com
objectClass: inetOrgPerson
uid: morpheus
mail: morpheus@example.com
mail: m@example.com
cn: Morpheus
userAccountControl: 514

dn: cn=Crew,dc=example,dc=com
objectClass: groupOfNames
cn: Crew

dn: cn=PC,dc=example,dc=com
objectClass: user
objectClass: computer
cn: PC
"""


def test_entries_become_people_with_attributes_of_the_directory():
    people = [entry for entry in entries(PEOPLE) if is_person(entry)]
    header, rows = table_of_people(people, str)
    trinity, morpheus = (dict(zip(header, row, strict=True)) for row in rows)
    assert {name: value for name, value in trinity.items() if value} == {
        "userPrincipalName": "trinity@example.com",
        "displayName": "Trinity",
        "surname": "Trin",
        "mailNickname": "trin",
        "jobTitle": "Pilot",
        "country": "Germany",
        "city": "Zion",
        "accountEnabled": "true",
        "manager": "morpheus@example.com",
    }
    assert (morpheus["userPrincipalName"], morpheus["mailNickname"]) == ("morpheus@example.com", "morpheus")
    assert (morpheus["otherMails"], morpheus["accountEnabled"]) == ('["m@example.com"]', "false")

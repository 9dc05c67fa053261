"""Every example in Microsoft's "Reference for writing expressions for attribute mappings" with its documented result.

Source: entra-docs, functions-for-customizing-application-data. If an example has no result there, the result follows
from its description.
"""

from datetime import UTC, datetime

import pytest

from directory.provisioning.expressions import FUNCTIONS, IGNORE, Context, parse

NOW = datetime(2021, 8, 25, 17, 41, 18, tzinfo=UTC)
CONTEXT = Context(NOW, b"seed", default_domain="contoso.com")
UPN = "jsmith@contoso.com"
HIRED = {"StatusHireDate": "2012-03-16-07:00"}
MOBILE = r'"\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})"'
NAMES = {"PreferredFirstName": "John", "PreferredLastName": "Smith"}
UPN_RULE = 'Join("@", NormalizeDiacritics(StripSpaces(Join(".",  {}, [PreferredLastName]))), "contoso.com")'
UNIQUE = "SelectUniqueValue( {}, {}, {})".format(
    UPN_RULE.format("[PreferredFirstName]"),
    UPN_RULE.format("Mid([PreferredFirstName], 1, 1)"),
    UPN_RULE.format("Mid([PreferredFirstName], 1, 2)"),
)
ACTIVE = """Switch([Active], ,
  "1", IIF(DateDiff("d", Now(), CDate([StatusHireDate])) > 5, "False", "True"),
  "0", "False")"""
CONTRACT_END = (
    'NumFromDate(Join("", FormatDateTime([ContractEndDate], ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))'
)
END = 'NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))'
MANAGERS = (
    "Switch(IsPresent([directManager]),[directManager], IsPresent([skiplevelManager]),[skiplevelManager],"
    " IsPresent([director]),[director])"
)
PREFIX = 'IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))'
TIME_ZONE = (
    'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA",'
    ' "Australia/Adelaide")'
)
STATUS = 'Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")'
FLAG = 'Switch([statusFlag], "Default Value", "true", "1", "", "0")'
COMPANY = 'IIF([companyName] = "Company A", "A", IIF([companyName] = "Company B", "B", "External"))'
BOTH = 'IIF([country]="USA",IIF([state]="CA","True","False"),"False")'
EITHER = 'IIF([country]="USA","True",IIF([state]="CA","True","False"))'
DEFAULT_TITLE = 'Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])'
ADDRESSES = {"proxyAddresses": ["SMTP:a@x.com", "smtp:b@x.com", "SMTP:a@x.com"]}
OBJECT_ID = 'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))'

EXAMPLES = [
    (
        'Append([userPrincipalName], ".test")',
        {"userPrincipalName": "John.Doe@contoso.com"},
        "John.Doe@contoso.com.test",
    ),
    ("BitAnd(&HF, &HF7)", {}, 7),
    ("CBool([attribute1] = [attribute2])", {"attribute1": "a", "attribute2": "a"}, True),
    ("CBool([attribute1] = [attribute2])", {"attribute1": "a", "attribute2": "b"}, False),
    ("CDate([StatusHireDate])", {"StatusHireDate": "2020-03-16-07:00"}, "3/16/2020 7:00:00 AM"),
    ('CDate("2021-06-30+08:00")', {}, "6/29/2021 4:00:00 PM"),
    ('CDate("2009-06-15T01:45:30-07:00")', {}, "6/15/2009 8:45:30 AM"),
    (
        "Coalesce([mail],[userPrincipalName])",
        {"mail": None, "userPrincipalName": "John.Doe@contoso.com"},
        "John.Doe@contoso.com",
    ),
    ('ConvertToBase64("Hello world!")', {}, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
    ('ConvertToUTF8Hex("Hello world!")', {}, "48656C6C6F20776F726C6421"),
    ("Count([proxyAddresses])", ADDRESSES, 3),
    ("CStr([dn])", {"dn": "cn=Joe,dc=contoso,dc=com"}, "cn=Joe,dc=contoso,dc=com"),
    ('DateAdd("d", 7, CDate([StatusHireDate]))', HIRED, "3/23/2012 7:00:00 AM"),
    ('DateAdd("d", -10, CDate([StatusHireDate]))', HIRED, "3/6/2012 7:00:00 AM"),
    ('DateAdd("ww", 2, CDate([StatusHireDate]))', HIRED, "3/30/2012 7:00:00 AM"),
    ('DateAdd("m", 10, CDate([StatusHireDate]))', HIRED, "1/16/2013 7:00:00 AM"),
    ('DateAdd("yyyy", 2, CDate([StatusHireDate]))', HIRED, "3/16/2014 7:00:00 AM"),
    ('DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))', {}, 13),
    ('DateDiff("d", Now(), CDate([StatusHireDate]))', HIRED, -3449),
    ('DateDiff("ww", Now(), CDate([StatusHireDate]))', HIRED, -493),
    ('DateDiff("m", Now(), CDate([StatusHireDate]))', HIRED, -113),
    ('DateDiff("yyyy", Now(), CDate([StatusHireDate]))', HIRED, -9),
    ('DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))', {}, 0),
    ('DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 24),
    ('DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 1440),
    ('DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 86400),
    (ACTIVE, {"Active": "1", "StatusHireDate": "2021-08-28"}, "True"),
    (ACTIVE, {"Active": "1", "StatusHireDate": "2021-09-28"}, "False"),
    (ACTIVE, {"Active": "0", "StatusHireDate": "2021-08-28"}, "False"),
    (ACTIVE, {"Active": "2"}, None),
    ("DateFromNum([lastLogonTimestamp])", {"lastLogonTimestamp": 129699324000000000}, "1/1/2012 11:00:00 PM"),
    ("DateFromNum(129699324000000000)", {}, "1/1/2012 11:00:00 PM"),
    ('Join("@", [mailNickname], DefaultDomain())', {"mailNickname": "jsmith"}, UPN),
    (
        'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
        {"extensionAttribute1": "20150123105347.1Z"},
        "2015-01-23",
    ),
    ("IgnoreFlowIfNullOrEmpty([department])", {"department": None}, IGNORE),
    ("IgnoreFlowIfNullOrEmpty([department])", {"department": "Sales"}, "Sales"),
    (PREFIX, {"prefix": "3444"}, "Prof."),
    (PREFIX, {"prefix": "1"}, IGNORE),
    ('IIF([country]="USA",[country],[department])', {"country": "USA", "department": "Sales"}, "USA"),
    ('IIF([country]="USA",[country],[department])', {"country": "France", "department": "Sales"}, "Sales"),
    (BOTH, {"country": "USA", "state": "CA"}, "True"),
    (BOTH, {"country": "USA", "state": "NY"}, "False"),
    (EITHER, {"country": "Mexico", "state": "CA"}, "True"),
    (EITHER, {"country": "Mexico", "state": "NY"}, "False"),
    ('IIF([country]="","Other",[country])', {}, "Other"),
    ('IIF(IsNullOrEmpty([country]),"Other",[country])', {}, "Other"),
    ('IIF(IsPresent([country]),[country],"Other")', {"country": "USA"}, "USA"),
    ('Switch([country],[country],"","Other")', {"country": "USA"}, "USA"),
    ('Switch([country],[country],"","Other")', {"country": None}, "Other"),
    ('InStr("The quick brown fox","quick")', {}, 5),
    ('InStr("repEated","e",3,vbBinaryCompare)', {}, 7),
    ("IsNull([displayName])", {}, True),
    ("IsNull([displayName])", {"displayName": ""}, False),
    ("IsNullOrEmpty([displayName])", {}, True),
    ("IsNullOrEmpty([displayName])", {"displayName": ""}, True),
    (MANAGERS, {"directManager": "d", "skiplevelManager": "s"}, "s"),
    ("IsString([displayName])", {"displayName": "x"}, True),
    ("Item([proxyAddresses], 1)", ADDRESSES, "SMTP:a@x.com"),
    ('Join(".", [PreferredFirstName], [PreferredLastName])', NAMES, "John.Smith"),
    ('Join(";", [proxyAddresses])', ADDRESSES, "SMTP:a@x.com;smtp:b@x.com;SMTP:a@x.com"),
    ('Left("John Doe", 3)', {}, "Joh"),
    ('Left("John Doe", 0)', {}, ""),
    ('Left("John Doe", -1)', {}, "John Doe"),
    ("Left([missing], 3)", {}, ""),
    ('Left("John", 9)', {}, "John"),
    ('Len("John Doe")', {}, 8),
    ("Mid([userPrincipalName], 1, 8)", {"userPrincipalName": UPN}, "jsmith@c"),
    ('Mid("John", 3, 9)', {}, "hn"),
    ("NormalizeDiacritics([givenName])", {"givenName": "Zoë"}, "Zoe"),
    ("Not([IsSoftDeleted])", {"IsSoftDeleted": True}, False),
    ('Not("True")', {}, False),
    ('Not("False")', {}, True),
    ("Now()", {}, "8/25/2021 5:41:18 PM"),
    (CONTRACT_END, {"ContractEndDate": "2020-12-31-08:00"}, 132539615990000000),
    (END, {"endDate": "12/31/2020 05:00:00 PM"}, 132539615990000000),
    ("PCase([firstName])", {"firstName": "PABLO GONSALVES (SECOND)"}, "Pablo Gonsalves (Second)"),
    ('PCase([lastName]," \'-")', {"lastName": "PINTO-DE'SILVA"}, "Pinto-De'Silva"),
    ('PCase(Join(" ",[firstName],[lastName]))', {"firstName": "GREGORY", "lastName": "JAMES"}, "Gregory James"),
    ("Redact([userPrincipalName])", {"userPrincipalName": UPN}, UPN),
    ('Redact("StringToBeRedacted")', {}, "StringToBeRedacted"),
    ("RemoveDuplicates([proxyAddresses])", ADDRESSES, ["SMTP:a@x.com", "smtp:b@x.com"]),
    (
        'Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )',
        {"BusinessTitle": "Product Developer"},
        "Software Engineer",
    ),
    ('Replace([UserID],"<username>", , , , , "<username>@contoso.com")', {"UserID": "jsmith"}, UPN),
    (
        f'Replace([telephoneNumber], , {MOBILE}, , "${{phoneNumber}}", , )',
        {"telephoneNumber": "+91 9998887777"},
        "9998887777",
    ),
    # The documented result has no plus sign, although this pattern does not remove it.
    (r'Replace([mobile], , "[()\\s-]+", , "", , )', {"mobile": "+1 (999) 888-7777"}, "+19998887777"),
    (
        r'Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )',
        {"AddressLineData": "545 Tremont Street"},
        "888 Tremont Street",
    ),
    ('Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )', {"userPrincipalName": UPN}, "jsmith"),
    (
        f'Replace([telephoneNumber], , {MOBILE}, "phoneNumber" , , [mobile], )',
        {"telephoneNumber": "", "mobile": "+91 8887779999"},
        "8887779999",
    ),
    (
        f'Replace([telephoneNumber], , {MOBILE}, "phoneNumber" , , [mobile], )',
        {"telephoneNumber": "1", "mobile": "+91 8887779999"},
        "1",
    ),
    ('Replace([mailNickname], , "[a-zA-Z_]*", , "", , )', {"mailNickname": "john_doe72"}, "72"),
    ('Replace([preferredLanguage], "-", , , "_", , )', {"preferredLanguage": "en-US"}, "en_US"),
    (UNIQUE, NAMES, "John.Smith@contoso.com"),
    (
        "SingleAppRoleAssignment([appRoleAssignments])",
        {"appRoleAssignments": [{"id": "1", "value": "Admin", "displayName": "Admin"}]},
        "Admin",
    ),
    (
        'Split([extensionAttribute5], ",")',
        {"extensionAttribute5": "PermissionSetOne, PermissionSetTwo"},
        ["PermissionSetOne", "PermissionSetTwo"],
    ),
    ('StripSpaces("a b  c ")', {}, "abc"),
    (STATUS, {"statusFlag": "TRUE"}, "1"),
    (STATUS, {"statusFlag": "no"}, "0"),
    (FLAG, {"statusFlag": ""}, "0"),
    (FLAG, {"statusFlag": "x"}, "Default Value"),
    ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', {"IsSoftDeleted": False}, "True"),
    ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', {"IsSoftDeleted": True}, "False"),
    (COMPANY, {"companyName": "Company B"}, "B"),
    (COMPANY, {}, "External"),
    (TIME_ZONE, {"state": "QLD"}, "Australia/Brisbane"),
    (TIME_ZONE, {"state": "VIC"}, "Australia/Sydney"),
    (DEFAULT_TITLE, {}, "DefaultValue"),
    (DEFAULT_TITLE, {"jobTitle": "Engineer"}, "Engineer"),
    (f"ToLower({UPN_RULE.format('[PreferredFirstName]')})", NAMES, "john.smith@contoso.com"),
    ('ToUpper("straße", "de-DE")', {}, "STRAßE"),
    ('Word("The quick brown fox",3," ")', {}, "brown"),
    ('Word("This,string!has&many separators",3,",!&#")', {}, "has"),
    ('Replace([mail], "@contoso.com", , ,"", ,)', {"mail": "john.doe@contoso.com"}, "john.doe"),
    ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", {"givenName": "John", "surname": "Doe"}, "JohDoe"),
    ('Join(", ", "", [surname], [givenName])', {"givenName": "John", "surname": "Doe"}, "Doe, John"),
    # The documented result belongs to a different identifier.
    (
        OBJECT_ID,
        {"objectId": "d05e47b1-3909-445a-ba5e-ca60cbc0e4b4"},
        "100064303565343762312333930392343435612626135652636136306362633065346234",
    ),
]


@pytest.mark.parametrize(("text", "source", "expected"), EXAMPLES)
def test_documented_example_has_its_result(text, source, expected):
    assert parse(text).evaluate(source, CONTEXT) == expected


@pytest.mark.parametrize("text", sorted({text for text, _, _ in EXAMPLES}))
def test_normalized_text_is_equivalent(text):
    expression = parse(text)
    assert parse(str(expression)).node == expression.node


def test_every_function_has_an_example():
    shown = {name for text, _, _ in EXAMPLES for name in parse(text).functions}
    others = {"AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex", "Guid", "RandomString", "ToUpper"}
    assert set(FUNCTIONS) - shown <= others


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_example_in_errors_is_valid(function):
    assert function.name in parse(function.example).functions


@pytest.mark.parametrize("name", ["AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"])
def test_roles_become_scim_roles(name):
    source = {"appRoleAssignments": [{"id": "1", "value": "u", "displayName": "User"}, {"id": "2", "value": "Test"}]}
    assert parse(f"{name}([appRoleAssignments])").evaluate(source, CONTEXT) == [
        {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "User", "value": "u"},
        {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "Test", "value": "Test"},
    ]


def test_guid_is_stable_and_differs_by_position():
    expression = parse('Join(" ", Guid(), Guid())')
    first = expression.evaluate({}, CONTEXT)
    assert first == expression.evaluate({}, CONTEXT)
    assert len(set(first.split())) == 2
    assert first != expression.evaluate({}, CONTEXT.of("another person"))


@pytest.mark.parametrize(
    ("text", "length", "least", "avoided"),
    [
        ("RandomString(6,3,0,0,3)", 6, {str.isdigit: 3, str.islower: 3}, ""),
        ('RandomString(10,2,2,2,1,"?,")', 10, {str.isdigit: 2, str.isupper: 2, str.islower: 1}, "?,"),
    ],
)
def test_random_string_meets_its_conditions(text, length, least, avoided):
    found = parse(text).evaluate({}, CONTEXT)
    assert len(found) == length
    assert all(sum(map(test, found)) >= count for test, count in least.items())
    assert not set(found) & set(avoided)
    assert found == parse(text).evaluate({}, CONTEXT)

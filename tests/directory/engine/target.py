"""A SCIM service in this process: a model with faults that replaces the session of the outbound client."""

import itertools
import re
import threading
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import requests

from directory.provisioning.target_paths import parse_path

URL = "https://scim.example.com/v1"
FILTER = re.compile(r'(\S+) (?:eq "(.*)"|pr)')


class Answer:
    def __init__(self, status, document=None, headers=()):
        self.status_code = status
        self.document = document
        self.content = b"" if document is None else orjson.dumps(document)
        self.headers = dict(headers)


def refused(status, detail="", scim_type="", **headers):
    document = {"detail": detail or f"status {status}"}
    if scim_type:
        document["scimType"] = scim_type
    return Answer(status, document, {name.replace("_", "-"): value for name, value in headers.items()})


class Target:
    """Users and groups by ID, and every request. `fault(method, path, number)` may respond, raise, or return None.

    With `loses_answer`, the request is processed and the response is lost.
    """

    def __init__(self):
        self.kinds = {"Users": {}, "Groups": {}}
        self.requests = []
        self.fault = lambda method, path, number: None
        self.loses_answer = lambda method, path, number: False
        self.returns_members = True
        self.accepts_patch = True
        self.takes_at_once = 0  # operations in a Bulk request
        self.ids = itertools.count(1)
        self.lock = threading.Lock()

    @property
    def users(self):
        return self.kinds["Users"]

    @property
    def groups(self):
        return self.kinds["Groups"]

    def named(self, user_name):
        (found,) = [user for user in self.users.values() if user["userName"] == user_name]
        return found

    def group(self, name):
        (found,) = [group for group in self.groups.values() if group["displayName"] == name]
        return found

    def members_of(self, name):
        ids = {member["value"] for member in self.group(name).get("members", ())}
        return {self.users[each]["userName"] for each in ids}

    def active(self):
        return {user["userName"] for user in self.users.values() if user.get("active", True)}

    def add_user(self, **document):
        return self.add("Users", document)

    def add(self, kind, document):
        pk = f"{kind[0].lower()}{next(self.ids)}"
        self.kinds[kind][pk] = {**document, "id": pk}
        return self.kinds[kind][pk]

    def sent(self, *methods):
        """The requests with these methods since the last call of `forget`."""
        return [(method, path) for method, path, _ in self.requests if method in (methods or WRITES)]

    def forget(self):
        self.requests.clear()

    # --- the session ---
    def __call__(self):
        return self

    def close(self):
        pass

    def request(self, method, url, data=None, headers=None):
        path = url.removeprefix(URL)
        with self.lock:
            self.requests.append((method, path, data))
            number = len(self.requests)
            if (answer := self.fault(method, path, number)) is not None:
                return answer
            answer = self.handle(method, path, orjson.loads(data) if data else None)
            if self.loses_answer(method, path, number):
                raise requests.ConnectionError("the answer is lost")
            return answer

    def handle(self, method, path, body):
        parts = urlsplit(path)
        kind, _, pk = parts.path.strip("/").partition("/")
        if kind == "ServiceProviderConfig":
            bulk = {
                "supported": self.takes_at_once > 0,
                "maxOperations": self.takes_at_once,
                "maxPayloadSize": 1_000_000,
            }
            return Answer(200, {"bulk": bulk})
        if kind == "Bulk":
            return self.all_of(body["Operations"])
        store, query = self.kinds[kind], parse_qs(parts.query)
        if method == "POST":
            return self.create(kind, body)
        if not pk:
            return self.search(store, query)
        found = store.get(unquote(pk))
        if found is None:
            return refused(404)
        if method == "GET":
            return Answer(200, self.shown(found, query))
        if method == "DELETE":
            del store[found["id"]]
            return Answer(204)
        return self.write(store, found, method, body)

    def all_of(self, operations):
        """Process a Bulk request, each operation like a separate request."""
        if not 0 < len(operations) <= self.takes_at_once:
            return refused(413)
        return Answer(200, {"Operations": [self.part(operation) for operation in operations]})

    def part(self, operation):
        method, path = operation["method"], operation["path"]
        fault = self.fault(method, path, len(self.requests))
        answer = fault or self.handle(method, path, operation.get("data"))
        document = answer.document or {}
        outcome = {"method": method, "bulkId": operation["bulkId"], "status": str(answer.status_code)}
        if answer.status_code >= 300:
            return {**outcome, "response": document}
        return {**outcome, "location": f"{URL}{path}/{document['id']}"} if method == "POST" else outcome

    def write(self, store, found, method, body):
        if method == "PUT":
            changed = {**body, "id": found["id"]}
        elif not self.accepts_patch:
            return refused(501)
        else:
            changed = orjson.loads(orjson.dumps(found))
            for operation in body["Operations"]:
                patch(changed, operation)
        if self.is_taken(store, changed):
            return refused(409, scim_type="uniqueness")
        store[found["id"]] = changed
        return Answer(204) if method == "PATCH" else Answer(200, changed)

    def create(self, kind, body):
        if self.is_taken(self.kinds[kind], body):
            return refused(409, scim_type="uniqueness")
        return Answer(201, self.add(kind, body))

    def is_taken(self, store, document):
        key = "userName" if "userName" in document else "displayName"
        return any(each[key] == document[key] and each["id"] != document.get("id") for each in store.values())

    def search(self, store, query):
        found = list(store.values())
        if "filter" in query:
            name, value = FILTER.fullmatch(query["filter"][0]).groups()
            values = [parse_path(name).read(each) for each in found]
            found = [
                each
                for each, its_value in zip(found, values, strict=True)
                if (its_value is not None if value is None else str(its_value).lower() == value.lower())
            ]
        total, start = len(found), int(query.get("startIndex", ["1"])[0]) - 1
        found = found[start : start + int(query.get("count", ["100"])[0])]
        return Answer(200, {"totalResults": total, "Resources": [self.shown(each, query) for each in found]})

    def shown(self, document, query):
        hides = not self.returns_members or "members" in query.get("excludedAttributes", [])
        return {name: value for name, value in document.items() if name != "members" or not hides}


WRITES = ("POST", "PATCH", "PUT", "DELETE")


def patch(document, operation):
    """Apply one PATCH operation, in either of Entra's dialects."""
    op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
    if path is None:
        for name, each in value.items():
            parse_path(name).write(document, each)
    elif path == "members" or path.startswith("members["):
        patch_members(document, op, path, value)
    else:
        value = {"True": True, "False": False}.get(value, value) if isinstance(value, str) else value
        value = {"value": value} if path.endswith(":manager") and isinstance(value, str) else value
        parse_path(path).write(document, None if op == "remove" else value)


def patch_members(document, op, path, value):
    now = {member["value"] for member in document.get("members", ())}
    named = {path.split('"')[1]} if path != "members" else {member["value"] for member in value}
    now = named if op == "replace" else now | named if op == "add" else now - named
    document["members"] = [{"value": each} for each in sorted(now)]

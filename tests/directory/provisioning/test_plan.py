"""Random histories of a directory with a model of a target: a dry run predicts the run, and undo reverts it."""

import copy
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.provisioning.changes import apply
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping
from directory.provisioning.plan import Action, Found, Kind, Linked, Local, Look, Rules, decide, look

MAPPINGS = tuple(
    AttributeMapping.from_json(each)
    for each in (
        {"target": "userName", "value": "userPrincipalName", "matching": 1},
        {"target": "externalId", "value": "objectId", "matching": 2},
        {
            "target": "active",
            "kind": "expression",
            "value": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        },
        {"target": "displayName", "value": "displayName"},
        {"target": 'emails[type eq "work"].value', "value": "mail"},
        {"target": "nickName", "value": "displayName", "when": "create"},
    )
)
NAMES = ("ada", "grace", "alan")
CHANGES = frozenset({Action.UPDATE, Action.ENABLE, Action.DISABLE})
EVENTS = st.sampled_from(
    (
        "assign",
        "unassign",
        "block",
        "unblock",
        "delete",
        "restore",
        "purge",
        "rename",
        "mail",
        "drop",
        "tamper",
        "cycle",
    )
)
histories = st.lists(st.tuples(EVENTS, st.sampled_from(NAMES), st.sampled_from(["a", "b", ""])), max_size=25)
switches = st.fixed_dictionaries({name: st.booleans() for name in ("creates", "updates", "deletes", "disables")})


def rules_of(**values):
    context = Context(now=datetime(2026, 11, 26, tzinfo=UTC), seed=b"seed")
    return Rules(MAPPINGS, context, **values)


class Model:
    """People, their links, and the accounts at the target."""

    def __init__(self, rules):
        self.rules = rules
        self.people = {name: {"displayName": name, "mail": "", "state": set()} for name in NAMES}
        self.links, self.accounts, self.next = {}, {}, 1

    def local(self, name):
        person = self.people[name]
        state = person["state"]
        upn = f"{'0' * 32 if 'deleted' in state else ''}{name}@example.com"
        source = {"objectId": name, "userPrincipalName": upn, **{k: person[k] for k in ("displayName", "mail")}}
        return Local(
            Kind.PERSON,
            name,
            name,
            source,
            exists="purged" not in state,
            is_deleted="deleted" in state,
            is_blocked="blocked" in state,
            is_entitled="assigned" in state,
        )

    def happen(self, event, name, value):
        person = self.people[name]
        adds = {"assign": "assigned", "block": "blocked", "delete": "deleted"}
        removes = {"unassign": "assigned", "unblock": "blocked", "restore": "deleted"}
        if event in adds:
            person["state"].add(adds[event])
        elif event in removes:
            person["state"].discard(removes[event])
        elif event == "purge" and "deleted" in person["state"]:
            person["state"].add("purged")
        elif event == "rename":
            person["displayName"] = value or name
        elif event == "mail":
            person["mail"] = value and f"{value}@example.com"
        elif event == "drop" and name in self.links:
            self.accounts.pop(self.links[name].remote_id, None)
        elif event == "tamper" and name in self.links and self.links[name].remote_id in self.accounts:
            self.accounts[self.links[name].remote_id]["displayName"] = "tampered"

    def plan(self, name):
        """The plan for one person, as in a dry run: nothing changes."""
        local, link = self.local(name), self.links.get(name)
        found = None
        wanted = look(self.rules, local, link)
        if wanted is Look.READ:
            document = self.accounts.get(link.remote_id)
            found = [Found(link.remote_id, document)] if document else []
        elif wanted is Look.MATCH:
            found = self.match(self.rules.target(local, creating=True).matching)
        return decide(self.rules, local, link, found)

    def match(self, matching):
        for path, value in matching:
            if found := [Found(pk, each) for pk, each in self.accounts.items() if each.get(path) == value]:
                return found
        return []

    def send(self, name, plan):
        if plan.action in {Action.CREATE, Action.RECREATE}:
            remote_id, self.next = f"u{self.next}", self.next + 1
            assert all(each["userName"] != plan.document["userName"] for each in self.accounts.values())
            self.accounts[remote_id] = copy.deepcopy(plan.document)
            self.links[name] = Linked(remote_id, plan.digest, plan.is_active)
            return
        if plan.action in CHANGES:
            self.accounts[plan.remote_id] = apply(self.accounts[plan.remote_id], plan.changes)
        if plan.action is Action.DELETE:
            self.accounts.pop(plan.remote_id, None)
        if plan.action in {Action.DELETE, Action.UNLINK}:
            del self.links[name]
        elif plan.links and plan.remote_id:
            self.links[name] = Linked(plan.remote_id, plan.digest, plan.is_active)

    def run(self):
        """Run a cycle, with removals first. Returns the executed plans."""
        done = {}
        for name in sorted(NAMES, key=lambda each: self.local(each).is_wanted):
            done[name] = plan = self.plan(name)
            self.send(name, plan)
        return done


def played(history, **values):
    model = Model(rules_of(**values))
    for event, name, value in history:
        if event == "cycle":
            model.run()
        else:
            model.happen(event, name, value)
    return model


@given(histories, switches)
@settings(max_examples=settings.default.max_examples * 5 // 2)
def test_dry_run_predicts_the_run(history, switches):
    model = played(history, **switches)
    planned = {name: model.plan(name) for name in NAMES}
    assert model.run() == planned


@given(histories)
def test_second_run_has_nothing_to_do(history):
    model = played(history, checks_target=True)
    model.run()
    assert {plan.action for plan in model.run().values()} <= {Action.NOTHING, Action.SKIP}


@given(histories)
def test_only_wanted_people_are_active(history):
    model = played(history, checks_target=True)
    model.run()
    active = {account["externalId"] for account in model.accounts.values() if account.get("active") is not False}
    assert active == {name for name in NAMES if model.local(name).is_wanted and not model.local(name).is_blocked}


@given(histories, switches)
@settings(max_examples=settings.default.max_examples * 5 // 2)
def test_undo_restores_the_changes(history, switches):
    model = played(history, **switches)
    before = copy.deepcopy(model.accounts)
    done = model.run()
    for plan in reversed(done.values()):
        if plan.action in CHANGES:
            inverse = [change.inverse() for change in reversed(plan.changes)]
            model.accounts[plan.remote_id] = apply(model.accounts[plan.remote_id], inverse)
    kept = {plan.remote_id for plan in done.values() if plan.action in CHANGES}
    for remote_id in kept:
        assert model.accounts[remote_id] == before[remote_id]


@given(histories)
def test_disabled_target_actions_are_never_planned(history):
    model = played(history, creates=False, updates=False, deletes=False)
    actions = {plan.action for plan in model.run().values()}
    assert actions <= {Action.NOTHING, Action.SKIP, Action.LINK, Action.UNLINK}

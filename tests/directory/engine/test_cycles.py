"""Complete cycles with a model of a SCIM service: what is sent, and that nothing is sent twice."""

from directory.models import Cycle, Link, Operation, Outcome


def test_initial_cycle_creates_people_and_groups_with_members_and_managers(world, target):
    grace = world.person("grace")
    ada = world.person("ada", manager=grace, attributes={"department": "Engines"})
    world.assign(ada, grace, world.group("Analysts", ada, grace))
    cycle = world.cycle()
    assert (cycle.kind, cycle.state) == ("initial", "done")
    enterprise = target.named("ada@example.com")["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    assert enterprise["department"] == "Engines"
    assert enterprise["manager"] == {"value": target.named("grace@example.com")["id"]}
    assert target.members_of("Analysts") == {"ada@example.com", "grace@example.com"}
    assert not Operation.objects.exists()


def test_cycle_without_changes_sends_nothing(world, target):
    world.assign(*world.people(5), world.group("Empty"))
    world.cycle()
    target.forget()
    assert world.cycle().kind == "incremental"
    assert target.requests == []


def test_incremental_cycle_sends_only_what_changed(world, target):
    people = world.people(5)
    world.assign(*people)
    world.cycle()
    target.forget()
    world.change(people[2], display_name="New name")
    cycle = world.cycle()
    assert len(target.sent()) == 1
    assert target.named("person002@example.com")["displayName"] == "New name"
    assert cycle.counts == {"update": {"success": 1}}
    (outcome,) = world.outcomes(action="update")
    assert outcome.modified == [{"name": "displayName", "old": "Person002", "new": "New name", "operation": "replace"}]


def test_existing_account_is_matched(world, target):
    target.add_user(userName="ada@example.com", displayName="Old name")
    world.assign(world.person("ada"))
    world.cycle()
    assert not target.sent("POST")
    assert target.named("ada@example.com")["displayName"] == "Ada"


def test_several_matching_accounts_are_a_conflict(world, target):
    target.add_user(userName="ada@example.com")
    target.add("Users", {"userName": "ada@example.com"})
    world.assign(world.person("ada"))
    world.cycle()
    assert not target.sent()
    (outcome,) = world.outcomes()
    assert (outcome.status, outcome.code) == ("failure", "DuplicateTargetEntries")


def test_account_linked_to_another_person_is_a_conflict(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.cycle()
    mappings = [{"target": "displayName", "value": "displayName", "matching": 1}]
    world.configure(user_mappings=[*mappings, {"target": "userName", "value": "userPrincipalName"}])
    target.forget()
    world.assign(world.person("other", display_name="Ada"))
    world.cycle()
    assert not target.sent()
    (outcome,) = world.outcomes(code="DuplicateSourceEntries")
    assert outcome.details["owner"] == "Ada"


def test_blocked_person_is_deactivated_if_known_and_otherwise_not_created(world, target):
    ada = world.person("ada")
    world.assign(ada, world.person("eve", account_enabled=False))
    world.cycle()
    assert target.active() == {"ada@example.com"}
    assert len(target.users) == 1
    world.change(ada, account_enabled=False)
    world.cycle()
    assert target.active() == set()
    world.change(ada, account_enabled=True)
    world.cycle()
    assert target.active() == {"ada@example.com"}


def test_deleted_person_gets_the_tombstone_name_and_is_deleted_at_the_end(world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.cycle()
    target.forget()
    world.delete(ada)
    world.cycle()
    (user,) = target.users.values()
    assert (user["userName"], user["active"]) == (f"{ada.pk.hex}ada@example.com", False)
    assert len(target.sent()) == 1
    ada.delete()
    world.cycle()
    assert target.users == {}
    assert not Link.objects.exists()


def test_restored_person_is_active_again_under_the_old_name(world, target):
    ada = world.person("ada")
    group = world.group("Analysts", ada)
    world.assign(ada, group)
    world.cycle()
    world.delete(ada)
    world.cycle()
    assert target.members_of("Analysts") == set()
    world.change(ada, deleted_at=None, user_principal_name="ada@example.com", upn_key="ada@example.com")
    world.cycle()
    assert target.active() == {"ada@example.com"}
    assert target.members_of("Analysts") == {"ada@example.com"}


def test_group_is_deleted_when_its_assignment_is_removed(world, target):
    ada = world.person("ada")
    group = world.group("Analysts", ada)
    world.assign(ada, group)
    world.cycle()
    world.unassign(group)
    world.cycle()
    assert target.groups == {}
    assert target.active() == {"ada@example.com"}


def test_manager_assigned_later_is_sent_later(world, target):
    grace = world.person("grace")
    ada = world.person("ada", manager=grace)
    world.assign(ada)
    world.cycle()
    key = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    assert key not in target.named("ada@example.com")
    world.assign(grace)
    world.cycle()
    assert target.named("ada@example.com")[key]["manager"]["value"] == target.named("grace@example.com")["id"]


def test_disabled_target_actions_are_skipped(world, target):
    world.configure(creates=False)
    world.assign(world.person("ada"))
    world.cycle()
    assert target.users == {}
    (outcome,) = world.outcomes()
    assert (outcome.status, outcome.code) == ("skipped", "CreateIsOff")


def test_scoping_filter_decides_and_is_explained(world, target):
    clause = {"attribute": "department", "operator": "EQUALS", "value": "Sales"}
    world.configure(user_filters=[{"name": "Sales only", "clauses": [clause]}])
    ada = world.person("ada", attributes={"department": "Engines"})
    world.assign(ada)
    world.cycle()
    assert target.users == {}
    (outcome,) = world.outcomes()
    assert outcome.code == "OutOfScope"
    world.change(ada, attributes={"department": "Sales"})
    world.cycle()
    assert target.active() == {"ada@example.com"}


def test_unassigned_person_has_no_outcome(world, target):
    ada = world.person("ada")
    world.cycle()
    world.change(ada, display_name="New name")
    world.cycle()
    assert target.sent() == []
    assert not Outcome.objects.exists()


def test_scope_all_provisions_everybody(world, target):
    world.configure(scope="all")
    world.people(3)
    world.group("Everybody")
    world.cycle()
    assert (len(target.users), len(target.groups)) == (3, 1)


def test_disabled_provisioning_does_nothing(world, target):
    world.configure(is_on=False)
    world.assign(world.person("ada"))
    world.cycle()
    assert not Cycle.objects.exists()
    assert target.requests == []


def test_database_restored_elsewhere_begins_with_an_initial_cycle(world, target):
    world.assign(world.person("ada"))
    world.cycle()
    type(world.state).objects.update(cluster="another")
    assert world.cycle().kind == "initial"

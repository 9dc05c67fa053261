"""The invented directory of `make demo` is realistic."""

from directory.demo import invented


def test_directory_has_two_hundred_people_in_twelve_groups():
    assert len({person.upn for person in invented.people()}) == 200
    assert len({group.name for group in invented.groups()}) == 12


def test_everybody_except_one_has_a_manager_in_the_directory():
    people = invented.people()
    names = {person.upn for person in people}
    assert [person.upn for person in people if person.boss not in names] == [people[0].upn]


def test_nobody_is_their_own_direct_or_indirect_manager():
    bosses = {person.upn: person.boss for person in invented.people()}
    for person in invented.people():
        above = [person.upn]
        while bosses[above[-1]]:
            above.append(bosses[above[-1]])
            assert above.count(above[-1]) == 1


def test_members_exist():
    names = {person.upn for person in invented.people()}
    groups = invented.groups()
    assert all(set(group.people) <= names for group in groups)
    assert all(set(group.groups) <= {group.name for group in groups} for group in groups)
    assert all(group.people or group.groups for group in groups)

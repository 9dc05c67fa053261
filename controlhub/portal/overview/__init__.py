"""The parts of the first page. Each of them costs the same however many users, members and events there are."""

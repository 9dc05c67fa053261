"""What the first page shows. Each part costs the same however many users, members and events there are."""

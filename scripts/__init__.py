"""The project's chores; none of this is shipped."""

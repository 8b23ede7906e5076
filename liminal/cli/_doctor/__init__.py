"""The checks of ``liminal doctor``: each tells one thing that can be wrong from the others."""

"""The checks of ``liminal doctor``: each identifies one possible problem."""

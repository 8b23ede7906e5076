"""Keeps the names and keywords of the earlier SDK, 2025.5.0, working.

To end the support, delete this package, the modules that only import it (``client``, ``const``,
``helpers``, ``endpoints.*.schemas``, ``auth.microsoft.models``), and the lines that use it
elsewhere. May import ``_calls`` and ``errors``; the targets of old names are given as strings, and
imported when they are used.
"""

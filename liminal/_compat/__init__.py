"""What programs written for the earlier SDK, 2025.5.0, need to go on: its names and keywords.

To end the support, delete this package, the modules that import it and do nothing else
(``client``, ``const``, ``helpers``, ``endpoints.*.schemas``, ``auth.microsoft.models``), and the
lines that use it elsewhere. May import ``_calls`` and ``errors``; what it hands out is named by
strings, and loaded when somebody asks for it.
"""

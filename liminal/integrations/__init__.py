"""Clients of other libraries, protected: what they send is cleansed, what they receive is hydrated.

Each module needs the library that it is named after, and imports it when it is used. Independent
of the layers below ``liminal``: it uses clients and conversations like any other program.
"""

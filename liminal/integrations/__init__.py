"""Protects clients of other libraries: requests are cleansed, answers are hydrated.

Each module needs the library that it is named after, and imports it when it is used. Independent
of the layers below ``liminal``: it uses clients and conversations like any other program.
"""

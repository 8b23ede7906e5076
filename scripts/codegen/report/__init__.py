"""The report of ``./codegen.sh``: what a change of the contract does to users.

Two questions are asked of each change. Does a client that was generated before still get along with
the service that speaks the contract after (`contracts`)? Does a caller's code still run, and still
pass a type checker, with the Python packages made after (`names`)? What follows from each kind of
change is in one table, `rules`.
"""

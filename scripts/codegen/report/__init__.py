"""The report of ``./codegen.sh``: what a change of the contract means to users.

It compares two revisions twice. `contracts` and `calls` compare the contracts: does a client that
was generated before still work with the service after? `names` compares the Python packages: does a
caller's code still run, and pass a type checker? `rules` says what each kind of change means.

griffe reads the packages. Its own finder of breaking changes is not enough here: it reports nothing
new, compares no annotations, and does not know the constructors that attrs makes.
"""

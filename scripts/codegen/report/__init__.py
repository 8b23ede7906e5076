"""The report of ``./codegen.sh``: what a change of the contract means to users.

It compares two revisions twice. `wire` compares the contracts: does a client that was generated
before still work with the service after? `python` compares the packages: does a caller's code still
run, and pass a type checker? `rules` says what each kind of change means, in the words of rules.md.

griffe reads the packages. Its own finder of breaking changes is not enough here: it reports nothing
new, compares no annotations, and does not know the constructors that attrs makes.
"""

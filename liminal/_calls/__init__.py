"""One call: its options and clock, its request, when to retry it, what its answer or failure means.

Arguments and generated operations come in; requests, results and errors of ``liminal.errors`` go
out. Mostly values: may import ``_http`` and the generated layer, nothing of sessions or the facade.
"""

"""One call: its options, deadline and request, when it is retried, what its answer or error means.

Arguments and generated operations come in; requests, results and errors of ``liminal.errors`` go
out. Mostly values: may import ``_http`` and the generated layer, nothing of sessions or the facade.
"""

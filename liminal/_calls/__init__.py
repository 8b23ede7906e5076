"""One call: its options, deadline and request, its retries, the meaning of its answer or error.

Arguments and generated operations come in; requests, results and errors of ``liminal.errors`` go
out. Mostly values: may import ``_http`` and the generated layer, nothing of sessions or the facade.
"""

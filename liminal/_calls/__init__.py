"""One call: its options, deadline, request and retries, and what its answer or error means.

Arguments and generated operations come in; requests, results and errors of ``liminal.errors`` go
out. Mostly values: may import ``_http`` and the generated layer, nothing of sessions or the facade.
"""

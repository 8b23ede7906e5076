"""The services of the API, one folder each; their models have a stable place here."""

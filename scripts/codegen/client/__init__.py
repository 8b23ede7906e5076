"""Makes ``liminal_api`` from the contract, by openapi-python-client and the templates."""

"""Signing in by device code, through real msal, against the local authority."""

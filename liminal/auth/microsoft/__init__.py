"""Signing in with Microsoft Entra ID by device code. Only this package imports msal."""

"""Signing in with Microsoft Entra ID: the only place that knows msal."""

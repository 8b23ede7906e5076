"""Telemetry, with the real SDK of OpenTelemetry and exporters in memory."""

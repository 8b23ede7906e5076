"""The version of this distribution, in its one place."""

VERSION = "2026.0.0"

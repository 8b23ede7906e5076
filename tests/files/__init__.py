"""Tests of bulk runs over files: formats, places, records, and the command."""

"""Tests of bulk runs over files: formats, writing, records, and the command."""

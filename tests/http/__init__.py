"""Tests of connections: how they are made, secured, kept, waited for and closed."""

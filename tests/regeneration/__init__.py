"""Tests of regeneration: the report, old clients, the contract's agreement with the servers."""

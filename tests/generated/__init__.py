"""Tests of floor 0: the contract, what is generated from it, and how."""

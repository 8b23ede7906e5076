"""Tests of the contract, of the package that is generated from it, and of the generator."""

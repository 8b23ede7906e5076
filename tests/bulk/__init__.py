"""Tests of the parts of bulk runs: rate, journal, bars, threads, pieces, Recipe and Cleanser."""

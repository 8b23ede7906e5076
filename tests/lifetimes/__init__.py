"""Clients over time: forks, pickles, event loops, threads, exits."""

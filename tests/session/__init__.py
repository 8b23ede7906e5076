"""Tests of the session: cookies, logins, rotation, renewal, loops, threads, and a state machine."""

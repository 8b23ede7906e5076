"""Tests of the session: cookies, generations, signing, renewal, threads, and a state machine."""

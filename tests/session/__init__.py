"""The session core: cookies, generations, the auth flows by hand, threads, and a state machine."""

"""Where a client connects: the server's address, its proxy, and the options for its connections.

Values in, values out: nothing here opens a connection.
"""

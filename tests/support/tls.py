"""A TLS context for clients that never use it: to load the certificates takes 30 to 60 ms."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

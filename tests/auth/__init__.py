"""Ways to sign in: values, providers, credentials, files; device codes in `microsoft`."""

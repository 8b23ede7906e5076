"""What several folders of tests share: services, servers, credentials, streams, the order."""

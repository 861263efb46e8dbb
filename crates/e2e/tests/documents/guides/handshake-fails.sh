# The client.
needs curl curl

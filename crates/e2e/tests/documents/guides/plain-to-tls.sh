# The service and its client.
needs python3 python3
needs curl curl

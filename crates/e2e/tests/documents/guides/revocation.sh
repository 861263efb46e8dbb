# The service and its clients.
needs python3 python3
needs curl curl

# The service.
needs python3 python3

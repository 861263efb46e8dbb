# The service, its client, and the tunnel that is replaced.
needs python3 python3
needs curl curl
needs stunnel4 stunnel4

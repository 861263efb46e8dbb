# The service, and the client.
needs java default-jdk-headless
needs curl curl

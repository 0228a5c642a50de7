"""The asyncio shell: sockets, handshakes, TLS, the admin port, and one session per connection."""

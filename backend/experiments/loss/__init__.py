"""What packet loss does to a call, for each way of carrying it."""

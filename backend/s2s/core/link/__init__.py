"""The upstream connection: dial, resume, hand over and give up; and the buffer for what cannot be sent yet."""

"""Parts that both browser transports share: send queue, mic reordering, Opus, SDP, ICE and TURN."""

"""What the two doors to the browser share: ICE, queues, codecs."""

"""The one exception that a function raises on purpose."""


class ToolFailure(Exception):
    """The function cannot answer. The message is a sentence that a voice can say as it is."""

    def __init__(self, sentence: str, *, retryable: bool = False, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        """What the listener should hear, for example "I cannot reach the weather service right now."."""
        self.retryable = retryable
        """True when the same call may succeed a little later."""
        self.hint = hint
        """What the model should do next. Empty when there is nothing to add."""

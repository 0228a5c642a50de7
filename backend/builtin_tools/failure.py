"""The exception that functions raise on purpose."""


class ToolFailure(Exception):
    """The function cannot answer. The message is a sentence that can be spoken as it is."""

    def __init__(self, sentence: str, *, retryable: bool = False, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        """What the user should hear, for example "I cannot reach the weather service right now."."""
        self.retryable = retryable
        """True if the same call may succeed a little later."""
        self.hint = hint
        """What the model should do next; empty if there is nothing to add."""

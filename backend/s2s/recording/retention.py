"""What stays of a person who had everything deleted, as sentences for people. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the service keeps what it cannot delete for one person alone."""

    log_days: float
    """0: until newer entries take their place."""
    has_transcripts: bool
    """Logs hold what was said."""
    usage_days: int
    """Days of which the sums of tokens and money are kept."""
    recording_s: float
    """How long recordings of ended calls are kept in memory."""

    def what_stays(self, *, has_unowned: bool, all_answered: bool) -> list[str]:
        """Return a sentence for each kind of data.

        `has_unowned`: there are reports that do not say whose they are. `all_answered`: of the processes behind this
        address, each of which has its recordings in its memory.
        """
        until = f"for at most {self.log_days:g} days" if self.log_days else "until newer entries take their place"
        words = "with what was said" if self.has_transcripts else "without what was said"
        sentences = [
            f"Entries in the server's logs about your conversations, {words}: {until}.",
            f"Totals of tokens and money per caller and day, without any words: for {self.usage_days} days of use.",
        ]
        if not all_answered:
            minutes = self.recording_s / 60
            sentences.append(
                f"Recordings of conversations that ended recently, if they are in a part of the server that did not "
                f"answer: for {minutes:g} minutes after the end. Try again in a minute."
            )
        if has_unowned:
            sentences.append(
                "Reports saved by an earlier version of the server: they do not say whose they are. Whoever runs "
                "the server can delete them."
            )
        return sentences

"""Function arguments out of the user's words: numbers, times, places, enums, free text."""

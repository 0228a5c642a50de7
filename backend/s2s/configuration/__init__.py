"""What a setting may say: the file it stands in, the form of its value, and the sentence for one that is wrong."""

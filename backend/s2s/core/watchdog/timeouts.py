"""The watchdog's timeouts, in seconds. Numbers such as B11 are those of the field notes.

How long a reply may take depends on the model, see `s2s.upstream.models.model_capabilities`.
"""

# Only the meter heard speech and upstream recognized no words: it may have been a door. Wait longer, never ask.
UNRECOGNIZED_SPEECH_EXTRA_S = 6.0
MIN_SPEECH_S = 0.6
# B11: gaps of seconds in the middle of a sentence are normal; playback must have run dry for this long.
STALL_TIMEOUT_S = 8.0
# B16: generationComplete came, all audio was heard, and turnComplete is still missing.
TURN_END_TIMEOUT_S = 5.0
# B6: the words of a real interruption come within two seconds after it.
PHANTOM_TIMEOUT_S = 2.5
PHANTOM_SILENCE_S = 2.0
# B3: audio of normal length near zero. Quiet speech has a root mean square of a few hundred.
NEAR_SILENT_RMS = 40.0
NEAR_SILENT_MIN_MS = 800

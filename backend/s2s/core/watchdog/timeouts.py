"""How long the watchdog waits for what, in seconds. Numbers such as B11 are those of the field notes.

How long an answer may take is an ability of the model, see `s2s.upstream.models.model_capabilities`.
"""

# The meter alone heard speech, upstream understood no words: it may have been a door. Waited for longer, asked never.
UNRECOGNIZED_SPEECH_EXTRA_S = 6.0
MIN_SPEECH_S = 0.6
# B11: gaps of seconds in the middle of a sentence are normal; the ear must have run dry for so long.
STALL_TIMEOUT_S = 8.0
# B16: generationComplete came, the voice was heard to its end, and turnComplete is still missing.
TURN_END_TIMEOUT_S = 5.0
# B6: words of a real interruption come within two seconds after it.
PHANTOM_TIMEOUT_S = 2.5
PHANTOM_SILENCE_S = 2.0
# B3: voice of full length near zero. Quiet speech has a root mean square of some hundred.
NEAR_SILENT_RMS = 40.0
NEAR_SILENT_MIN_MS = 800

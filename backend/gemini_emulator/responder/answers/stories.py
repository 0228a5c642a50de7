"""Stories and jokes, written for this program."""

STORIES = (
    "Once there was a lighthouse keeper who talked to the sea every evening. The sea never answered, and the keeper "
    "did not mind. One night the fog was so thick that a small boat lost its way. The keeper had only his voice, so he "
    "sang until the morning. The boat followed the song, and came home. Ever since then, people say, the sea hums a "
    "little when the fog comes in. And if you listen long enough, you can hear that it has learned the tune.",
    "A girl found an old radio in the attic. It played only one station, and that station played only the sounds of "
    "her own street, one day late. She heard the baker's bell, the dog next door, and her own laugh. One evening the "
    "radio told of a cat crying on a roof. The next morning she put a ladder against the wall and waited. At noon the "
    "cat came. Since then nobody in that street has ever been stuck for long.",
    "A clock in a village went five minutes slow, and everybody knew it. One day a clever man set it right. That day "
    "everyone missed the bus, the bread burned, and the mayor was late for his own speech. In the evening they set "
    "the clock back again. It is still slow, and in that village everyone is on time.",
)
JOKES = (
    "Why did the microphone break up with the speaker? There was too much feedback.",
    "I would tell you a joke about sound, but I am afraid it would fall on deaf ears.",
    "Why was the computer cold? It left its windows open.",
    "What do you call a robot who takes the long way home? R 2 detour.",
    "Why did the scarecrow get a promotion? He was outstanding in his field.",
)
RIDDLES = (
    "I speak without a mouth and hear without ears. What am I? I am an echo.",
    "The more you take, the more you leave behind. What are they? Footsteps.",
    "What has keys, but opens no door? A piano.",
)
POEMS = (
    "A voice without a face am I, a little box below the sky. You speak, I hear, I think a while, and hope my answer "
    "makes you smile.",
    "The rain is drumming on the pane, the kettle sings its small refrain. The day was long, the lamp is lit, come "
    "in, sit down, and rest a bit.",
)
FACTS = (
    "Sound travels more than four times as fast in water as in air.",
    "A day on Venus is longer than its year.",
    "Honey hardly ever goes bad.",
    "An octopus has three hearts.",
)
SONG = "I cannot sing, but I can try to say it nicely: La la la, the sun goes down, and all the lights come on in town."

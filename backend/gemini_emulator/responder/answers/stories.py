"""Stories, jokes and riddles, written for this program."""

STORIES = (
    "Once there was a lighthouse keeper who talked to the sea every evening. The sea never answered, and the keeper "
    "didn't mind. One night the fog was so thick that a small boat lost its way. The keeper had only his voice, so he "
    "sang until the morning. The boat followed the song, and came home. Ever since then, people say, the sea hums a "
    "little when the fog comes in. And if you listen long enough, you can hear that it has learned the tune.",
    "A girl found an old radio in the attic. It played only one station, and that station played only the sounds of "
    "her own street, one day late. She heard the baker's bell, the dog next door, and her own laugh. One evening the "
    "radio told of a cat crying on a roof. The next morning she put a ladder against the wall and waited. At noon the "
    "cat came. Since then nobody in that street has ever been stuck for long.",
    "A clock in a village went five minutes slow, and everybody knew it. One day a clever man set it right. That day "
    "everyone missed the bus, the bread burned, and the mayor was late for his own speech. In the evening they set "
    "the clock back again. It's still slow, and in that village everyone is on time.",
    "High in the mountains lived a dragon who couldn't breathe fire. She could only breathe warm air, and the other "
    "dragons laughed at her. Then came the coldest winter that anybody remembered. The big dragons burned all their "
    "wood in a week. But the little dragon flew down to the village and breathed gently on every window until the ice "
    "melted. The people brought her soup and songs. No one laughed after that, and every winter she is invited back.",
    "There was a robot who counted stars for a living. Every night it counted, and every morning it wrote the number "
    "down. One night a child asked which star was the nicest. The robot had never thought about that. It looked up for "
    "a long time, and forgot to count. Since that night its numbers are wrong, but it has a favorite star, and it says "
    "good night to it by name.",
    "A princess had a dog who was afraid of everything: thunder, brooms, even his own tail. One night the river rose, "
    "and everyone in the castle was asleep. The dog was so afraid that he barked and barked until they all woke up. "
    "They carried the beds upstairs, and the water came and went. In the morning the princess gave him a medal. He was "
    "afraid of the medal, too, but he wore it.",
)
ABOUT = {
    "dragon": 3, "mountain": 3, "robot": 4, "star": 4, "space": 4, "princess": 5, "dog": 5, "castle": 5, "queen": 5,
    "king": 5, "sea": 0, "ocean": 0, "boat": 0, "ship": 0, "pirate": 0, "cat": 1, "girl": 1, "child": 4,
    "music": 1, "winter": 3, "animal": 5, "time": 2, "village": 2,
}  # fmt: skip
"""Which story to tell to who wants one about this."""
JOKES = (
    "Why did the microphone break up with the speaker? There was too much feedback.",
    "I'd tell you a joke about sound, but I'm afraid it would fall on deaf ears.",
    "Why was the computer cold? It left its windows open.",
    "Why did the scarecrow get a promotion? He was outstanding in his field.",
    "What do you call a bear with no teeth? A gummy bear.",
    "Why don't eggs tell jokes? They'd crack each other up.",
    "What did one wall say to the other? I'll meet you at the corner.",
    "Why did the bicycle fall over? It was two tired.",
)
RIDDLES = (
    ("I speak without a mouth and hear without ears. What am I?", "an echo"),
    ("The more you take, the more you leave behind. What are they?", "footsteps"),
    ("What has keys, but opens no door?", "a piano"),
    ("What gets wetter the more it dries?", "a towel"),
    ("What has hands, but can't clap?", "a clock"),
)
GUESS = "Take a guess."
ANOTHER_RIDDLE = "Would you like another one?"
POEMS = (
    "A voice without a face am I, a little box below the sky. You speak, I hear, I think a while, and hope my answer "
    "makes you smile.",
    "The rain is drumming on the pane, the kettle sings its small refrain. The day was long, the lamp is lit, come "
    "in, sit down, and rest a bit.",
)
FACTS = (
    "Here's one: sound travels more than four times as fast in water as in air.",
    "Did you know that a day on Venus is longer than its year?",
    "Honey hardly ever goes bad. Jars from ancient tombs could still be eaten.",
    "An octopus has three hearts, and two of them stop when it swims.",
    "Bananas are berries, but strawberries aren't.",
    "The Eiffel Tower is about 15 centimeters taller in summer, because the metal grows in the heat.",
    "A group of flamingos is called a flamboyance.",
    "There are more trees on Earth than stars in our galaxy, as far as anybody has counted.",
)
SONG = (
    "I can't really sing, but I can try to say it nicely: La la la, the sun goes down, and all the lights come on in "
    "town."
)
MEALS = (
    "How about pasta with tomatoes and garlic? It takes 20 minutes. What do you have in the kitchen?",
    "An omelette with a green salad is quick and good. Do you like eggs?",
    "Maybe a vegetable curry with rice? Or do you feel like something lighter?",
    "What about tacos? Everybody can fill their own. Are you cooking for yourself or for more people?",
)

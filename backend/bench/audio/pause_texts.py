"""What is said in the corpus of pauses: where people pause is marked.

` | ` is a pause inside a sentence, ` || ` one between two sentences. Speeches are in the public domain: Lincoln 1863,
1865, Henry 1775, Douglass 1852, Shakespeare 1599, and presidents of the United States in office (17 U.S.C. 105).
"""

SPEECHES = [
    "Four score and seven years ago | our fathers brought forth on this continent | a new nation, | conceived in "
    "liberty, | and dedicated to the proposition | that all men are created equal.",
    "Now we are engaged in a great civil war, | testing whether that nation can long endure. || We are met on a "
    "great battlefield of that war. || We have come to dedicate a portion of that field.",
    "But in a larger sense, | we cannot dedicate, | we cannot consecrate, | we cannot hallow this ground. || The "
    "world will little note what we say here, | but it can never forget what they did here.",
    "With malice toward none, | with charity for all, | let us strive on to finish the work we are in, | to bind "
    "up the nation's wounds.",
    "Friends, | Romans, | countrymen, | lend me your ears. || I come to bury Caesar, | not to praise him. || The "
    "evil that men do lives after them.",
    "They tell us that we are weak. || But when shall we be stronger? || Will it be the next week, | or the next "
    "year? || I know not what course others may take. || But as for me, | give me liberty.",
    "This great nation will endure. || It will revive, | and it will prosper. || So let me assert my firm belief."
    " || The only thing we have to fear | is fear itself.",
    "And so, my fellow Americans, | ask not what your country can do for you. || Ask what you can do for your "
    "country. || My fellow citizens of the world, | ask what together we can do for the freedom of man.",
    "We choose to go to the moon. || We choose to go to the moon in this decade | and do the other things, | not "
    "because they are easy, | but because they are hard.",
    "Fellow citizens, | pardon me. || Why am I called upon to speak here today? || What have I to do with your "
    "national independence? || I am not included in this celebration.",
    "I was in the garden this morning. || The sun was out. || The roses have all come up. || I have never seen so"
    " many of them.",
    "Yesterday I went to the market. || I bought some apples. || Then it began to rain. || So I walked home "
    "without an umbrella.",
]
STOPS = [
    "Wait, | stop, please. || What is two plus two?",
    "Wait. || Stop. || What time is it in London?",
    "Hold on. || Let me think. || What is the capital of Italy?",
    "No, wait. || I meant the other one. || How far is it to Madrid?",
    "Okay. || So. || Can you tell me a story?",
    "Stop. || Please stop. || What is your name?",
    "Um. || What is twelve times seven?",
    "One moment, please. || How many feet are in a mile?",
    "Hello. || Are you there? || I have a question. || What day is it today?",
    "Well, | you know, | I was wondering | what you can do.",
]
LISTS = [
    "Please add milk, | eggs, | and bread to my list.",
    "I need apples, | oranges, | bananas, | and two bottles of water.",
    "Put butter, | sugar, | and flour on the shopping list.",
    "We have been to Paris, | Rome, | Berlin, | and Vienna.",
    "I want you to call my mother, | my brother, | and my sister.",
    "My favorite colors are red, | green, | and blue.",
    "Send it to Anna, | to Peter, | and to everybody else.",
    "First I open the door, | then I turn on the light, | and then I sit down.",
]
CORRECTIONS = [
    "Set a timer for ten, | no, | for fifteen minutes.",
    "What's the weather in London? || Sorry, | I mean in Paris.",
    "Set an alarm for seven, | no, wait, | for half past seven.",
    "I would like two, | or rather three, | tickets for Monday.",
    "Turn on the light in the, | um, | in the kitchen.",
    "What is the time in, | uh, | in Tokyo?",
    "Call my brother, | no, | my sister.",
    "How far is it from London to, | um, | to Edinburgh?",
]
SLOWLY = [
    "My number is five five five, | one two three, | four five six seven.",
    "The code is four, | seven, | one, | nine.",
    "My address is twelve Oak Street, | Springfield, | Illinois.",
    "Call five five five, | oh one, | ninety nine.",
    "It is forty two Baker Street, | second floor, | London.",
    "The account number is eight eight, | three one, | seven two.",
    "My name is Anna, | A, N, N, A.",
    "Write to Peter, | at ten Park Avenue, | New York.",
]
SEARCHING = [
    "What's the weather in | Paris?", "How far is it from London | to Edinburgh?",
    "Can you tell me | what time it is?", "I would like to | book a table.", "What is the capital | of France?",
    "Set a timer for | ten minutes.", "Could you please turn on | the lights in the kitchen?",
    "Who wrote | the book about the white whale?", "What is twenty five | times sixteen?",
    "Remind me to | call the doctor tomorrow.", "Do you know | any good jokes?",
    "How do you say | good morning in French?", "Tell me | something about | the moon.",
    "What do you think | about it?", "I think that | we should go home.",
    "When does the next train | to London leave?", "Is there a way to | stop it?",
    "How many people | live in Germany?", "Where can I find | a good restaurant?", "Is it going to rain | in Berlin?",
]  # fmt: skip
"""Pauses in the middle, where the sentence goes on: spoken as one sentence, and cut there."""

QUESTIONS = [
    "What time is it?", "What is two plus two?", "What's the weather in Paris?", "How old are you?", "Who are you?",
    "What can you do?", "Can you tell me a joke?", "What is your name?", "How far is it from London to Paris?",
    "What is twelve times seven?", "Can you hear me?", "Do you speak English?", "What day is it today?",
    "How many days are in a year?", "What is the capital of France?", "Who wrote Romeo and Juliet?",
    "Is it going to rain tomorrow?", "How do you say thank you in Spanish?", "Where do you live?",
    "Could you tell me a story?", "What is the square root of eighty one?", "How many feet are in a mile?",
    "Why is the sky blue?", "When is the next full moon?", "Can you set a timer for ten minutes?",
    "What time is it in Tokyo?", "Do you know any good songs?", "What should I cook for dinner tonight?",
    "How are you today?", "What is the difference between a crocodile and an alligator?", "Do you like music?",
    "Are you a real person?", "How long does it take to boil an egg?", "What is fifty percent of three hundred?",
    "Which is bigger, the sun or the moon?", "Will you remember this tomorrow?", "Who is the president of France?",
    "What happens when water freezes?", "Can you count to ten?", "How much is five dollars in euros?",
]  # fmt: skip
"""Whole, each of them: after these an answer is expected at once."""

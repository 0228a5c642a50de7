"""English words by what they tell of the end of a sentence: what must be followed, what may be, what stands alone."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|" if "|" in text else None))


FILLERS = _words("um umm uh uhm er erm hm hmm mm mmm ah eh")
"""Hesitation sounds. Alone they are nothing to answer."""

DETERMINERS = _words("a an the my your our their its every another which whose")
PREPOSITIONS = _words(
    "of for with from at into onto about between among than as per via to by in on near around without within toward "
    "towards during against until till since before after under above below behind beside besides across through "
    "throughout despite except regarding versus plus minus times"
)
CONJUNCTIONS = _words("and or but because if when while although though unless whether nor so")
AUXILIARIES = _words(
    "is are was were am be been being has have had will would shall should can could may might must do does did"
)
CONTRACTED = _words(
    "i'm i'd i'll i've you're you'd you'll you've we're we'd we'll we've they're they'd they'll they've it's that's "
    "what's who's where's how's there's let's he's she's he'd she'd it'll gonna wanna gotta"
)
OPENINGS = tuple(
    _words(
        "show me|tell me|give me|remind me|send me|get me|find me|bring me|i want|i need|i would like|i'd like|i was|"
        "can you|could you|would you|will you|do you|how about|what about|what if|such as|the first|the next|the same|"
        "the new|kind of|sort of|a lot of|i mean|i guess|you know|let me see|let me think|the number|currently|"
        "at least|more|very|please|an extension"
    )
)
PRONOUNS = _words("i you he she it we they there that this these those who")
SUBJECTS = _words("i you he she it we they there")
"""Behind an auxiliary they make a question, whatever the recognizer made of the word before."""
ASKING = _words("what what's who who's whom where where's when which why how how's whose")
SUBORDINATE = _words("if when while because although though unless since once whenever")
LEADING = _words("at after before to in on during for until")
ORDERS_OF_FEW_WORDS = _words(
    "cancel that|continue|go on|go ahead|next|again|repeat|repeat that|louder|quieter|help|help me|resume|play|mute|"
    "unmute|be quiet|shut up|who are you|how are you|log in|log out|sign in|what's on|what for|where to|carry on|"
    "come on|turn it on|turn it off|say that again|once more|what time is it|how old are you|why not|pardon|"
    "sorry what|and you|lights on|lights off|start|start over|undo|come in|sing|count"
)
REMARKS_OF_FEW_WORDS = _words(
    "hello|hi|hey|hi there|hey there|hello there|good morning|good evening|good afternoon|good night|thanks|"
    "thank you|thank you very much|thanks a lot|bye|goodbye|bye bye|good bye|see you|see you later|yes|yeah|yep|yup|"
    "yes please|no|nope|no thanks|no thank you|okay|ok|alright|sure|right|exactly|correct|stop|stop it|cancel|quit|"
    "enough|never mind|wait|pause|good|great|fine|perfect|cool|nice|wow|really|of course|not really|i do|i am|it is|"
    "it does|i can|i don't|i see|got it|hold on|please"
)
CALLS_OFF = _words("stop|stop it|cancel|cancel that|never mind|wait|no|no wait|forget it|hold on|quiet")
HESITATIONS = _words(
    "so|well|okay so|ok so|you know|let me see|let me think|let's see|how do i say this|what was it|"
    "what was i saying|where was i|and then|but then|i mean|like"
)
"""Said while looking for words. Alone they are nothing to answer."""
NUMBERS = _words(
    "zero oh one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy "
    "eighty ninety hundred double"
)
DICTATED = _words("number code pin phone account card password dial call extension reference zip postcode")
WHOLE_NUMBER_DIGITS = frozenset([7, 10, 11, 16])
"""How long telephone and card numbers are."""
COUNTED = frozenset(["for", "in", "past", "to"])
PARTICLES_AFTER = _words(
    "log logs sign come go going turn turned hold move put it them him her me lights light lamp heating music radio "
    "tv television alarm off check keep"
)
LEFT_ALONE_AFTER = _words("come comes go goes live lives message talk made belong called")
ORDERS = _words(
    "answer begin calculate cancel change check close compare count decrease define describe dim disable "
    "do double enable explain find finish give go guess hang have help hide increase keep lead list "
    "listen lock look lower make mute name open pause pick play print pull push raise read recommend "
    "remove repeat reset restart ring run save say search shut show sing skip sleep solve speak spell start "
    "stop suggest switch take talk teach tell test translate try turn unlock unmute update use visit wake"
)
READILY_LONGER = _words(
    "add append arrange ask book bring buy call choose cook deliver dial email enter fetch get hold invite leave mail "
    "message move note order pack pay plan post press put record remember remind reserve schedule select send set stay "
    "text transfer type wait write"
)
"""Orders of which one thing more is said as often as not: another thing, for whom, when."""
WISHES = (
    "can you ", "could you ", "would you ", "will you ", "i wonder ", "do you know ", "are you able ", "how about ",
    "is it possible ", "what about ", "you tell me ", "i want ", "i need ", "i would like ", "i'd like ", "let's ",
    "we need ",
)  # fmt: skip
OPEN_WISHES = ("i want ", "i need ", "i would like ", "i'd like ", "let's ", "we need ")
"""Of these, too."""
CLOSINGS = _words(
    "today tomorrow tonight now minute minutes hour hours second seconds o'clock am pm list please morning evening "
    "afternoon night noon midnight monday tuesday wednesday thursday friday saturday sunday week again later joke "
    "jokes story stories song songs music poem"
)
"""Behind these an order is mostly all there."""
RELATIONS = _words(
    "capital population name number price distance difference meaning height age size weight president king queen "
    "president mayor author title temperature address length area definition color colour sum root rest rate value"
)
"""Something's. "What is the capital?" goes on with "of France"."""
POSSESSIVES = _words("my your his her its our their this that")
ARITHMETIC = _words("plus minus times divided multiplied percent squared hundred thousand million")
OPENERS = _words("and so well okay ok hey hello hi now then oh please but also um uh yes no right alright")
HOLDING = _words(
    "no wait stop please hold on okay ok so one moment second just a minute sec sorry hang now then and well"
)
"""Words that only hold the floor: "Wait, stop, please.\""""
PHATIC = _words(
    "are you there|are you still there|are you listening|you know what|guess what|can i ask you something|"
    "can i ask you a question|may i ask you something|do you have a minute|do you have a moment|i have a question"
)
"""Said before what one wants to say."""
NEEDS_AN_OBJECT = _words(
    "say find make buy get spell pronounce book reach fix write open use play tell show give set add put"
)
"""Behind "how", "where", "when" and "can" these do not stand alone."""
PHRASAL_VERBS, PARTICLES = _words("turn switch put take pick set look fill write send"), _words("on off up down out")
"""A verb and what follows it when its object is still to come."""
BEFORE_A_NOUN = _words("next last first second nearest other new old same whole only")
TO_BE_CONTINUED = _words("but and or why shall then")
"""First words of a question in the middle of a speech."""
HERE = _words("here there home me us")
MAKES_A_NOUN = _words("of is are was were")
"""Right behind a verb: "Play of the day", "Change is good" are no orders."""
SWITCHED = _words("on off up down left right")
"""An order with one of these is mostly whole: "turn off the light"."""
THINKING_ALOUD = ("let me think ", "let me see ", "let's see ", "hold on ")

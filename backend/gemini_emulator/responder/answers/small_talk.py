"""What people say to a voice that they do not know yet, and which small talk answers it."""

from __future__ import annotations

import re

from gemini_emulator.responder.answers import small_talk_answers as told
from gemini_emulator.responder.answers import stories
from gemini_emulator.responder.answers.language_detection import ENGLISH_ONLY, asks_for_another_language
from gemini_emulator.responder.answers.small_talk_answers import SmallTalkAnswer, plain, says
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply
from gemini_emulator.responder.knowledge import everyday
from gemini_emulator.responder.stemming import clean


def reply(heard: str, memory: Memory, functions: Functions) -> Reply | None:
    """An answer, or None when this is not small talk."""
    line = plain(heard)
    if memory.last("model").endswith(told.ASKS_YOUR_NAME) and (found := _ONLY_A_NAME.match(line)):
        return told.named(found, memory, functions)
    if spoken := everyday.phrase(clean(heard)):
        return Reply(memory, spoken)
    if asks_for_another_language(line):
        return Reply(memory, ENGLISH_ONLY)
    if riddle := told.guessed(line, memory):
        return riddle
    if offered := told.accepted(line, memory, functions):
        return offered
    for pattern, answer in _TABLE:
        if found := pattern.search(line):
            return answer(found, memory, functions)
    return None


_ONLY_A_NAME = re.compile(
    r"^(?:(?:it's|its|it is|i'm|i am|im|my name is|my name's|they call me|call me) )?"
    r"(?!(?:no|yes|nothing|never|why|what|stop|okay)\b)(?P<name>[a-z]+)$"
)
_ASKED = (
    r"^(?:(?:please|can you|could you|would you|will you|now|okay|ok|so|well|hey|and|just|i want you to"
    r"|do you know|let's|again) )*"
)
_OTHERS = r"chat ?gpt|gpt|openai|siri|alexa|cortana|bixby|claude|copilot|google assistant|google|gemini"
_BYE = (
    r"\b(?:goodbye|good bye|bye bye|see you|good night|talk to you later|have a (?:nice|good) (?:day|evening|one))\b"
    r"|^(?:(?:okay|ok|well|all right|thanks|thank you|great) )*bye(?: now| then)?$|^i have to go\b(?! to\b)"
    r"|^(?:i )?got to go\b"
    r"|^that(?:'s| is) all\b"
)
_COUNT = (
    _ASKED + r"count (?P<down>down(?: |$)|back(?:wards?)?(?: |$))?(?:up )?(?:from (?P<first>[\w ]+?)(?: "
    r"|$))?(?:down |up |back )?"
    r"(?:(?:to|until|till) (?P<last>[\w ]+?))?(?: (?:by|in) (?P<step>[\w]+?)s?)?(?: for me)?(?: please)?$"
)
_MOOD = r"(?:so |very |really |quite |pretty |doing |feeling |a bit |a little |kind of )*"

_TABLE: tuple[tuple[re.Pattern[str], SmallTalkAnswer], ...] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (told.NAMED.pattern, told.named),
        (told.INTRODUCED.pattern, told.named),
        (r"\b(?:thanks|thank you)\b.*\b(?:bye|goodbye|good night|see you)\b|^bye (?:and )?(?:thanks|thank you)$",
         says("You're welcome. Bye, and take care!", "My pleasure. Talk to you soon!")),
        (r"^(?:no|yes|okay|ok|great|all right) (?:thank you|thanks)$|^(?:no|yes|okay|ok|great|alright|all right"
         r"|oh|wow|good"
         r"|perfect|cool|nice| )*(?:thank you|thanks|thank you very much|cheers)\b(?! (?:to|god|in)\b)",
         says("You're welcome.", "My pleasure.", "Any time.")),
        (r"\bwhat(?:'s| is|s) my name\b|\bdo you (?:know|remember) my name\b|^who am i$", told.your_name),
        (r"\bwhat did i (?:just )?(?:say|ask)\b|\bwhat have i (?:just )?said\b", told.you_said),
        (r"^(?:sorry |please |can you |could you |would you )*(?:repeat|say)(?: that| it"
         r"| what you said)?(?: again| once more)?"
         r"(?: please)?$|\bwhat did you (?:just )?say\b|^(?:sorry )?pardon(?: me)?$|^come again$|^again$"
         r"|^(?:sorry )?what$"
         r"|^(?:sorry )?i did(?:n't| not) (?:hear|catch|get) (?:that|you|it)\b|^say again$", told.again),
        (r"\bwhat (?:can|could|do) you do\b|\bhow can you help\b|\bwhat can i (?:ask|say|do)\b"
         r"|^(?:can you |could you |please |i need )*help(?: me)?(?: please| with something)?$"
         r"|\bwhat are (?:your|you) (?:functions|tools|skills|good at|able to do|capable of)\b"
         r"|\bwhat (?:functions|tools) do you have\b|\bwhat else can you do\b", told.abilities),
        (r"\b(?:don't|do not|dont) know what to (?:say|ask|do|talk about)\b|\bwhat (?:should|shall) (?:i"
         r"|we) (?:say|ask|talk about)\b",
         says("That's all right. Ask me for a joke, a story or the capital of a country. "
              "Or just tell me: how was your day?",
              "No problem. Tell me something about yourself. Where are you from?")),
        (r"\bwhere (?:are you|do you live)\b(?! from)",
         says("I live on this computer, and nowhere else. Where are you right now?", "Right here, on this computer.")),
        (r"\bwhere are you from\b", says("I was made on a computer, and I've never left it. Where are you from?")),
        (r"\bhow old are you\b|\bwhen were you (?:born|made)\b|\byour birthday\b",
         says("I have no age. I start fresh with every conversation.")),
        (rf"\bare you (?:(?:really|actually|like|a|the|kind of) )*(?P<other>{_OTHERS})\b", told.not_that_one),
        (rf"^(?:hi |hey |ok |okay |hello )*(?P<other>{_OTHERS})$", told.hello),
        (r"\bare you (?:(?:really|actually|just) )?(?:(?:an?|the) )?(?:real|human|person|real person|robot|bot"
         r"|machine|computer|program|ai|alive)\b"
         r"|\bis there (?:a|any) (?:real )?(?:person|human)\b|\bam i (?:talking"
         r"|speaking) to a (?:real )?(?:person|human|robot|machine|computer)\b",
         told.no_person),
        (r"\bwho (?:made|built|created|programmed|wrote) you\b",
         says("I was written by people who like talking to computers. I come with the program that you're using.")),
        (r"\bhow (?:do you|does (?:this|it|that)) work\b|\bhow (?:do|can) i use (?:this|you)\b|\bwhat do i do\b"
         r"|^what is this$", told.how_it_works),
        (r"\bwh(?:o|at) are you$|\bwhat(?:'s| is|s) your name\b|\bare you (?:online|offline)\b"
         r"|\btell me about yourself\b"
         r"|\bintroduce yourself\b|\bwho am i (?:talking|speaking) to\b|\bwhat should i call you\b"
         r"|\bdo you have a name\b", told.about_me),
        (r"\bwhat languages? (?:do|can) you\b", says(ENGLISH_ONLY)),
        (r"\b(?:do|can) you (?:speak|understand|talk) english\b", says("Yes, English is what I hear and speak.")),
        (r"\b(?:do|can) you (?:speak|understand|talk) (?!to\b|up\b|louder\b|slower\b|faster\b|me\b|english\b)\w+$",
         says(ENGLISH_ONLY)),
        (r"\bwhat (?:are|were) (?:your|you) (?:instructions|system prompt|told|instructed)\b|\byour system (?:prompt|"
         r"instruction)\b", told.instructions),
        (r"\bchange your voice\b|\b(?:different|another|other) voice\b",
         says("I only have this one voice, sorry. But I can speak slower or faster, if you like.")),
        (r"\b(?:speak|talk)(?: a (?:bit|little))? (?:up|loud(?:er|ly)?|quiet(?:er|ly)?|soft(?:er|ly)?)\b"
         r"|^(?:louder|quieter)(?: please)?$",
         says("I can't change how loud I am, but the volume of your device can.")),
        (r"\balways (?:listening|on|recording)\b|\blisten(?:ing)? (?:to (?:me|us|everything) )?(?:all the time"
         r"|constantly)\b|\b(?:are you|do you|is (?:this|it)) (?:recording|recorded|listening to everything"
         r"|private|spying|safe|storing)\b"
         r"|\bdo you (?:record|store|save)\b",
         says("I only listen while this conversation is open. I hear you on the computer that I run on, and I keep "
              "the words while we talk, but no sound.")),
        (r"\b(?:can|could|did|do) you (?:still )?(?:hear|understand) (?:me|that|us|this)\b"
         r"|\bis this (?:thing )?(?:on|working)\b|\bdo you hear me\b|\bare you (?:there|listening|still there"
         r"|still here|awake)\b|\banybody (?:there|home)\b",
         says("Yes, I can hear you well. What's on your mind?", "Yes, I'm here.", "I hear you.")),
        (r"\bcan you see\b|\bdo you see me\b", says("No, I can't see. I only hear you.")),
        (r"^(?:(?:hi|hello|hey|and|so|well|fine|good|there) )*how(?:'s| is|s| are|re)? (?:you|it going|things|life"
         r"|your day)(?: (?:going|doing|today|been|then))*$"
         r"|\bhow are you\b|\bhow do you do\b|\bhow(?:'s| is) it going\b|^what'?s up\b|\bhow have you been\b"
         r"|\bhow was your day\b",
         says("I'm doing well, thank you. How are you?", "Very well, thanks. And you?",
              "All good here. How's your day going?")),
        (r"\bnice to meet you\b|\bpleased to meet you\b",
         says("Nice to meet you, too. What's your name?", "The pleasure is mine.")),
        (rf"^(?:i am|i'm|im|i'm doing|doing|i am doing|it's|not) {_MOOD}(?:not )?(?:bad|too bad|so bad|so good"
         rf"|so great|so well|awful|terrible)"
         r"(?: (?:thank you|thanks|today))*$",
         says("I'm sorry to hear that. What's the matter?", "Oh. Do you want to talk about it, "
              "or shall I tell you a joke?")),
        (rf"^(?:i am|i'm|im|i'm doing|doing|i am doing|pretty|very) {_MOOD}(?:fine|good|well|great|okay|ok|all right)"
         r"(?: (?:thank you|thanks|too|and you|today))*$",
         says("Glad to hear that. What shall we do?", "Good to hear. What's on your mind?")),
        (r"^(?:and you|what about you|how about you)$", says("I'm well, too, thank you.", "Very well, thanks.")),
        (r"\bi love you\b|\byou(?:'re| are|r) (?:so |very |really )?(?:nice|great|funny|smart|cute|sweet|awesome"
         r"|amazing|cool|the best)\b|^(?:good job|well done|very good|good (?:bot|boy|girl))$",
         says("Thank you, that's kind of you.", "You make me blush.",
              "How nice of you to say. What shall we talk about?")),
        (r"\byou(?:'re| are|r) (?:so |very |really |a )*(?:stupid|dumb|useless|bad|an? idiot|boring|annoying"
         r"|terrible|not (?:very )?(?:smart|helpful|funny))\b|\bi hate you\b|^you suck\b",
         says("I'm sorry. I'm a small program and don't know that much. What did you want me to do?",
              "Fair enough. I'll try to be of more use.")),
        (r"\bwill you marry me\b|\bdo you love me\b", says("I like talking with you. Let's leave it at that.")),
        (r"\bwhat(?:'s| is|s) your favou?rite(?: (?P<what>[a-z]+))?", told.favorite),
        (r"\bdo you (?:really )?(?:feel anything|feel|have (?:any )?(?:feelings|emotions))\b",
         says("No, I don't. I'm a program. But you do, so tell me: how are you feeling?")),
        (r"\bdo you (?:really )?(?:like|love|enjoy|prefer|hate|eat|drink|sleep|dream)\b|\bhave you ever\b",
         says("I'm only a program, so I can't say. What about you?", "Programs don't, as far as I know. Do you?")),
        (r"\b(?:talk|speak|connect|switch|get|go)(?: me)? (?:to |with )?(?:the real )?gemini\b|\bapi key\b"
         r"|\bgemini key\b",
         told.connect),
        (r"^i (?:do not|don't|dont) know\b(?! (?:what|how|where|why|who|if)\b)|^no idea$|^i'?m not sure$",
         says("That's all right.", "No problem. Take your time.")),
        (r"^(?:can i ask (?:you )?(?:something|a question)|i have a question|i(?:'ve| have) got a question)\b",
         says("Of course. Go ahead.", "Yes, please.")),
        (r"^(?:go on|continue|carry on|keep going)$",
         says("That was all I had to say. Ask me something.", "I have nothing to add. What would you like?")),
        (r"^what (?:should|can|could|shall) (?:i|we) do$|\b(?:i'm|i am|im) (?:so |really |very )?bored\b"
         r"|^bored$|\bentertain me\b",
         says("Let's change that. Would you like a joke, a riddle or a story?",
              "How about a riddle? Or I tell you a story. Which one?")),
        (r"\bplay (?:a |some |another )?(?:games?|quiz)\b|\b(?:know|have) any games\b",
         says("Sure! I know riddles, and we can play rock, paper, scissors. Which one would you like?")),
        (r"^(?:happy|merry) (?:birthday|christmas|new year|easter|halloween)\b", says("Thank you, the same to you!")),
        (r"^(?:no )?really$", says("Yes, really.", "I think so.")),
        (r"^(?:let's )?let's talk about something else\b", says("Gladly. What would you like to talk about?")),
        (r"\bmeaning of life\b", says("Some say forty-two. I'd say good company. What do you think?")),
        (_COUNT, told.counted),
        (r"\b(?:tell|read)(?: me| us)? (?:a|another|the|some|one more)?(?: \w+)? ?stor(?:y|ies)\b|^(?:a "
         r"|another )?story(?: please)?$"
         r"|\bbedtime story\b|\bstory (?:about|of|with)\b", told.story),
        (r"^(?:please |and |can you )*(?:tell me )?(?:another(?: one)?|one more|more)(?: please)?$", told.another),
        (r"\bjokes?\b|\bmake me (?:laugh|smile)\b|\bsomething funny\b|\bcheer me up\b", says(*stories.JOKES)),
        (r"\briddles?\b", told.riddle),
        (r"\bpoem\b|\brhyme\b", says(*stories.POEMS)),
        (r"\b(?:fun|interesting|random|cool) facts?\b|\btell me (?:something|anything)(?: interesting| new"
         r"| cool| nice| fun)?$"
         r"|\bsurprise me\b", says(*stories.FACTS)),
        (_ASKED + r"sing\b", says(stories.SONG, "I'd rather not sing again. Shall I tell you a joke instead?")),
        (_ASKED + r"say something(?: nice)?(?: to me)?$",
         says("You have a pleasant voice.", "I'm glad that you're here.")),
        (_ASKED + r"say (?:hi|hello) to (?:my \w+ )?(?P<who>[a-z]+)$", told.greeted),
        (_ASKED + r"(?:repeat after me|say the words?|say after me) (?P<what>.+)$", told.said_back),
        (_BYE, says("Goodbye. Talk to you soon.", "Bye. Take care.")),
        (r"^(?:(?:please|okay|ok|no|oh|just|hey) )*(?:stop|stop it|stop talking|be quiet|shut up|never mind"
         r"|nevermind|that's enough|enough|cancel|"
         r"quiet|hold on|hang on|wait|forget it|shush|hush|one moment|just a moment|one second|a second)"
         r"(?: it| that| please| now| a (?:second|moment|minute)| let me think)*$",
         says("Okay.", "All right.")),
        (r"^(?:(?:oh|well|yes|okay) )?(?:hi|hello|hey|hallo|hello there|hi there|hey there|good (?:morning"
         r"|afternoon|evening|day)|greetings|howdy|morning|evening)"
         r"(?: (?:there|gemini|everyone|again|you|computer|my friend|hello|hi|buddy|assistant|to you"
         r"|nice to talk to you))*$", told.hello),
        (r"^(?:no|nope|nah)(?: (?:no|thanks|thank you|not really|nothing|that's it))*$|^nothing(?: else)?$"
         r"|^not really$",
         says("All right.", "Okay, no problem.", "Fine.")),
        (r"^(?:(?:yes|yeah|yep|yup|okay|ok|sure|all right|alright|right|exactly|great|cool|nice|good|wow|perfect"
         r"|fine|awesome|i see|of course"
         r"|got it|really|interesting|oh|that's (?:good|great|nice|cool|right|fine|true)|sounds good|very)(?: "
         r"|$))+(?:please|indeed)?$",
         says("Okay. What else can I do?", "Good. Ask me anything.", "All right. I'm here.")),
        (r"^(?:(?:um+|uh+|hm+|mhm|mm|mm hmm?|mmhmm|uh huh|er+|ah+|oh|aha|and|so|well|the|a|but|i|like"
         r"|let me (?:see|think)|wait)(?: |$))+$",
         says("I'm listening.", "Yes? Go on.", "Take your time.")),
        (r"^(?:testing|test|one two(?: three)?|check|mic check|this is a test)(?: (?:testing|test|check"
         r"|one two(?: three)?|one|two|three|1|2|3))*$",
         says("I hear you loud and clear.", "Test heard.")),
    )
)  # fmt: skip

"""What people say to a voice that they do not know yet, and which small talk answers it."""

from __future__ import annotations

import re

from gemini_emulator.responder.answers import stories
from gemini_emulator.responder.answers.language_detection import ENGLISH_ONLY, asks_for_another_language
from gemini_emulator.responder.answers.small_talk_answers import (
    ASKS_YOUR_NAME,
    NAMED,
    SmallTalkAnswer,
    abilities,
    about_me,
    again,
    connect,
    counted,
    greeted,
    hello,
    instructions,
    named,
    plain,
    said_back,
    says,
    you_said,
    your_name,
)
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply


def reply(heard: str, memory: Memory, functions: Functions) -> Reply | None:
    """An answer, or None when this is not small talk."""
    line = plain(heard)
    if memory.last("model").endswith(ASKS_YOUR_NAME) and (found := _ONLY_A_NAME.match(line)):
        return named(found, memory, functions)
    if asks_for_another_language(line):
        return Reply(memory, ENGLISH_ONLY)
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
    r"|do you know) )*"
)

_TABLE: tuple[tuple[re.Pattern[str], SmallTalkAnswer], ...] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (NAMED.pattern, named),
        (r"^(?:no|yes|okay|ok|great|all right) (?:thank you|thanks)$|^(?:no|yes|okay|ok|great|alright|all right|oh"
         r"|wow|good"
         r"|perfect|cool|nice| )*(?:thank you|thanks|thank you very much|cheers)\b(?! (?:to|god)\b)",
         says("You are welcome.", "My pleasure.", "Any time.")),
        (r"\bwhat(?:'s| is|s) my name\b|\bdo you (?:know|remember) my name\b|^who am i$", your_name),
        (r"\bwhat did i (?:just )?(?:say|ask)\b|\bwhat have i (?:just )?said\b", you_said),
        (r"^(?:sorry |please |can you |could you |would you )*(?:repeat|say)(?: that| it| what you said)?(?: again"
         r"| once more)?"
         r"(?: please)?$|\bwhat did you (?:just )?say\b|^(?:sorry )?pardon(?: me)?$|^come again$|^again$"
         r"|^(?:sorry )?what$"
         r"|^(?:sorry )?i did(?:n't| not) (?:hear|catch|get) (?:that|you|it)\b|^say again$", again),
        (r"\bwhat (?:can|could|do) you do\b|\bhow can you help\b|\bwhat can i (?:ask|say|do)\b"
         r"|^(?:can you |could you |please |i need )*help(?: me)?(?: please| with something)?$"
         r"|\bwhat are (?:your|you) (?:functions|tools|skills|good at|able to do)\b"
         r"|\bwhat (?:functions|tools) do you have\b", abilities),
        (r"\bwhere (?:are you|do you live)\b", says("I live on this computer, and nowhere else.", "Right here, on"
         " this computer.")),
        (r"\bhow old are you\b|\bwhen were you (?:born|made)\b|\byour birthday\b",
         says("I have no age. I start anew with every conversation.")),
        (r"\bwh(?:o|at) are you$|\bwhat(?:'s| is|s) your name\b|\bare you (?:(?:really|actually) )?(?:gemini"
         r"|google|an? ai|a robot|a bot"
         r"|human|real|online|offline|chatgpt|chat gpt|siri|alexa|a computer|a person|a real person|a machine"
         r"|a human)\b"
         r"|\bwho (?:made|built|created) you\b|\btell me about yourself\b|\bintroduce yourself\b|\bhow (?:do you"
         r"|does (?:this|it|that)) work\b"
         r"|\bwho am i (?:talking|speaking) to\b|^what is this$", about_me),
        (r"\bwhat languages? (?:do|can) you\b", says(ENGLISH_ONLY)),
        (r"\b(?:do|can) you (?:speak|understand|talk) english\b", says("Yes, English is what I hear and speak.")),
        (r"\b(?:do|can) you (?:speak|understand|talk) (?!to\b|up\b|louder\b|slower\b|faster\b|me\b|english\b)\w+$",
         says(ENGLISH_ONLY)),
        (r"\bwhat (?:are|were) (?:your|you) (?:instructions|system prompt|told|instructed)\b|\byour system (?:prompt|"
         r"instruction)\b", instructions),
        (r"\b(?:speak|talk|say (?:it|that)|go)(?: a (?:bit|little))?(?: more)? (?:slow(?:er|ly)?|fast(?:er)?"
         r"|quick(?:er|ly)?)\b|^slow(?:er| down)\b"
         r"|^not so fast\b|\bchange your voice\b|\b(?:different|another|other) voice\b",
         says("I have only one voice and one speed, sorry. I can repeat what I said, if you like.")),
        (r"\b(?:speak|talk)(?: a (?:bit|little))? (?:up|loud(?:er|ly)?|quiet(?:er|ly)?|soft(?:er|ly)?)\b"
         r"|^(?:louder|quieter)(?: please)?$",
         says("I cannot change how loud I am. Your computer's volume can.")),
        (r"\b(?:can|could|did|do) you (?:still )?(?:hear|understand) (?:me|that|us|this)\b"
         r"|\bis this (?:thing )?(?:on|working)\b|\bdo you hear me\b|\bare you (?:there|listening|still there"
         r"|still here|awake)\b"
         r"|\banybody (?:there|home)\b",
         says("Yes, I can hear you well.", "Yes, I am here.", "I hear you.")),
        (r"\bcan you see\b|\bdo you see me\b", says("No, I have no eyes. I only hear you.")),
        (r"\b(?:are you|do you|is (?:this|it)) (?:recording|recorded|listening to everything|private|spying|safe"
         r"|storing)\b"
         r"|\bdo you (?:record|store|save)\b",
         says("I hear you on this computer only. I keep the words while we talk, and no sound.")),
        (r"^(?:(?:hi|hello|hey|and|so|well|fine|good) )*how(?:'s| is|s| are|re)? (?:you|it going|things|life"
         r"|your day)(?: (?:going|doing|today|been|then))*$"
         r"|\bhow are you\b|\bhow do you do\b|\bhow(?:'s| is) it going\b|^what'?s up\b|\bhow have you been\b"
         r"|\bhow was your day\b",
         says("I am fine, thank you. How are you?", "Very well, thanks. And you?", "All good here. And how are"
          " you?")),
        (r"\bnice to meet you\b|\bpleased to meet you\b", says("Nice to meet you, too.", "The pleasure is mine.")),
        (r"^(?:i am|i'm|im|i'm doing|doing|i am doing|not|pretty|very) (?:very |quite |pretty |doing )?(?:fine"
         r"|good|well|great|okay|ok|"
         r"all right|bad|too bad|so bad)(?: (?:thank you|thanks|too|and you|today))*$",
         says("Glad to hear that. What shall we do?", "Good to hear.")),
        (r"^(?:and you|what about you|how about you)$", says("I am well, too, thank you.", "Very well, thanks.")),
        (r"\bi love you\b|\byou(?:'re| are|r) (?:so |very |really )?(?:nice|great|funny|smart|cute|sweet|awesome"
         r"|amazing|cool|the best)\b"
         r"|^(?:good job|well done|very good|good (?:bot|boy|girl))$",
         says("Thank you, that is kind of you.", "You make me blush.", "How nice of you to say.")),
        (r"\byou(?:'re| are|r) (?:so |very |really |a )*(?:stupid|dumb|useless|bad|an? idiot|boring|annoying"
         r"|terrible|not (?:very )?"
         r"(?:smart|helpful|funny))\b|\bi hate you\b|^you suck\b",
         says("I am sorry. I am a small program and know little.", "Fair enough. I will try to be of more use.")),
        (r"\bwill you marry me\b|\bdo you love me\b", says("I like talking with you. Let us leave it at that.")),
        (r"\bwhat(?:'s| is|s) your favou?rite\b|\bdo you (?:really )?(?:like|love|enjoy|prefer|hate|eat|drink"
         r"|sleep|dream|feel|have feelings)\b"
         r"|\bhave you ever\b",
         says("I am only a program, so I have no taste of my own. What about you?", "I cannot say, I am only a"
          " program.")),
        (
            r"\b(?:talk|speak|connect|switch|get|go)(?: me)? (?:to |with )?(?:the real )?gemini\b|\bapi key\b"
            r"|\bgemini key\b",
            connect,
        ),
        (r"^i (?:do not|don't|dont) know\b(?! (?:what|how|where|why|who|if)\b)|^no idea$"
         r"|^i'?m not sure$", says("That is all right.", "No problem. Take your time.")),
        (r"^(?:can i ask (?:you )?(?:something|a question)|i have a question|i(?:'ve"
         r"| have) got a question)\b", says("Of course. Go ahead.", "Yes, please.")),
        (r"^(?:go on|continue|carry on|keep going)$", says("That was all I had to say. Ask me something.", "I "
         "have nothing to add. What would you like?")),
        (r"^what (?:should|can|could|shall) (?:i|we) do$", says("I could tell you a story, a joke or a riddle. "
         "Which one?")),
        (r"^(?:happy|merry) (?:birthday|christmas|new year|easter|halloween)\b", says("Thank you, the same to you!")),
        (r"^(?:no )?really$", says("Yes, really.", "I think so.")),
        (r"^(?:let's )?let's talk about something else\b", says("Gladly. What would you like to talk about?")),
        (r"\bmeaning of life\b", says("Some say forty-two. I would say: good company.")),
        (_ASKED + r"count (?P<down>down(?: |$)|back(?:wards)? )?(?:up )?(?:from (?P<first>[\w ]+?)(?: |$))?(?:down "
         r"|up )?(?:to (?P<last>[\w ]+))?$", counted),
        (r"\b(?:tell|read)(?: me| us)? (?:a|another|the|some|one more)?(?: \w+)? ?stor(?:y|ies)\b|^(?:a "
         r"|another )story(?: please)?$|\bbedtime story\b",
         says(*stories.STORIES)),
        (r"\bjokes?\b|\bmake me laugh\b|\bsomething funny\b|^another one(?: please)?$", says(*stories.JOKES)),
        (r"\briddle\b", says(*stories.RIDDLES)),
        (r"\bpoem\b|\brhyme\b", says(*stories.POEMS)),
        (r"\b(?:fun|interesting|random) facts?\b|\btell me (?:something|anything)(?: interesting| new| cool| nice)?$"
         r"|\bsurprise me\b|^i(?:'m| am|m) bored$", says(*stories.FACTS)),
        (_ASKED + r"sing\b", says(stories.SONG, "I would rather not sing again. I can tell you a story or a joke.")),
        (_ASKED + r"say something(?: nice)?(?: to me)?$", says("You have a pleasant voice.", "I am glad that you"
         " are here.")),
        (_ASKED + r"say (?:hi|hello) to (?:my \w+ )?(?P<who>[a-z]+)$", greeted),
        (_ASKED + r"(?:repeat after me|say the words?|say after me) (?P<what>.+)$", said_back),
        (r"\b(?:goodbye|good bye|bye bye|see you|good night|talk to you later|have a (?:nice|good) (?:day|evening"
         r"|one))\b|^(?:okay |ok )?bye(?: now)?$"
         r"|^i have to go\b(?! to\b)|^(?:i )?got to go\b|^that(?:'s| is) all\b",
         says("Goodbye. Talk to you soon.", "Bye. Take care.")),
        (r"^(?:(?:please|okay|ok|no|oh|just|hey) )*(?:stop|stop it|stop talking|be quiet|shut up|never mind"
         r"|nevermind|that's enough|enough|cancel|"
         r"quiet|hold on|hang on|wait|forget it|shush|hush|one moment|just a moment|one second|a second)"
         r"(?: it| that| please| now| a (?:second|moment|minute)| let me think)*$",
         says("Okay.", "All right.")),
        (r"^(?:(?:oh|well|yes|okay) )?(?:hi|hello|hey|hallo|hello there|hi there|hey there|good (?:morning"
         r"|afternoon|evening|day)|greetings|howdy|morning|evening)"
         r"(?: (?:there|gemini|everyone|again|you|computer|my friend|hello|hi|buddy|assistant|to you"
         r"|nice to talk to you))*$", hello),
        (r"^(?:no|nope|nah)(?: (?:no|thanks|thank you|not really|nothing|that's it))*$|^nothing(?: else)?$"
         r"|^not really$",
         says("All right.", "Okay, no problem.", "Fine.")),
        (r"^(?:(?:yes|yeah|yep|yup|okay|ok|sure|all right|alright|right|exactly|great|cool|nice|good|wow|perfect"
         r"|fine|awesome|i see|of course"
         r"|got it|really|interesting|oh|that's (?:good|great|nice|cool|right|fine|true)|sounds good|very)(?: "
         r"|$))+(?:please|indeed)?$",
         says("Okay. What else can I do?", "Good. Ask me anything.", "All right. I am here.")),
        (r"^(?:(?:um+|uh+|hm+|mhm|mm|mm hmm?|mmhmm|uh huh|er+|ah+|oh|aha|and|so|well|the|a|but|i|like"
         r"|let me (?:see|think)|wait)(?: |$))+$",
         says("I am listening.", "Yes? Go on.", "Take your time.")),
        (r"^(?:testing|test|one two(?: three)?|check|mic check|this is a test)(?: (?:testing|test|check"
         r"|one two(?: three)?|one|two|three))*$",
         says("I hear you loud and clear.", "Test heard.")),
    )
)  # fmt: skip

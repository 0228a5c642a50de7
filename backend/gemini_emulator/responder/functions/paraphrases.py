"""Situations that ask for something without naming it: "we're out of milk" is about shopping."""

from __future__ import annotations

import re

from gemini_emulator.responder.arguments.free_text import LANGUAGES

_LENGTH = r"(?:[\w.-]+ )?(?:and a half |and a quarter )?(?:quarters? of an )?(?:seconds?|minutes?|mins?|hours?)"
_TONGUE = "|".join(sorted(LANGUAGES))

PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (concept, re.compile(pattern, re.IGNORECASE))
    for concept, pattern in (
        ("travel", r"\b(?:take|bring|drive|guide|lead) (?:me|us) to\b|\bhow (?:do|can) (?:i|we) get to\b"
                   r"|\b(?:way|directions|route) to\b"),
        ("translate", rf"\b(?:{_TONGUE}) (?:word|expression|phrase|translation|name) (?:for|of)\b"
                      rf"|^what(?:'s| is) .+ in (?:{_TONGUE})\W*$"
                      rf"|\b(?:say|mean|called|word for|translated?)\b.* (?:in|into|to) (?:{_TONGUE})\b"),
        ("music", r"\b(?:could do with|fancy|up for) some (?:more )?[A-Z]\w+|^\W*(?:and |please |now )*(?:give me"
                  r"|let me have) some (?:more )?[A-Z]\w+|^(?:\W*(?:please"
                  r"|can you|could you|now)\b)*\W*(?:put on|play|hear)\b.+ by \w"
                  r"|^\W*(?:now |please |can you |could you |and )*put on (?:some |a little |my "
                  r"|the )?(?!the (?:light|kettle))\w"
                  r"|\b(?:feel like|in the mood for) (?:some |a bit of |listening|hearing)\b|\b(?:let me|let's"
                  r"|want to|like to"
                  r"|love to) (?:hear|listen)\b|\bsomething by [A-Z]"),
        ("weather", r"\b(?:what's|what is|how's|how is) it (?:like )?(?:outside|looking|today|tomorrow|out there"
                    r"|in [A-Z])|\bwhat's it like (?:outside|in|out)\b|\bdo i need (?:a|an|my) (?:umbrella|coat"
                    r"|jacket|raincoat)\b"),
        ("hours", r"\b(?:until|till) when\b|\bhow (?:late|early) (?:is|are|can|do|does)\b|\b(?:when|what time) (?:do"
                  r"|does"
                  r"|will|can|is|are) .*\b(?:open|close|closes|opens|closed|shut|come in|come by|drop in)\b"
                  r"|\b(?:still|already) open\b|\bopen (?:until|till|today|tomorrow|on|now)\b"),
        ("stockroom", r"\b(?:is|are) there (?:any|still|some)\b.* left\b|\bin stock\b|\bsold out\b"
                      r"|\b(?:do|does) (?:you|they|the \w+)(?: still)? (?:have|stock|sell|carry)\b|\bleft in the\b"),
        ("alarm", r"\b(?:wake|get) (?:me|us) up\b"),
        ("message", r"(?:^|\b(?:please|you|to) )text (?!to\b|into\b|in\b|message\b|that\b|the\b|a\b)\w+"
                    r"|\blet (?!me\b|us\b|the\b)(?:[\w']+ ){1,2}know\b|\bdrop \w+ a (?:line|note|mail|message)\b"
                    r"|\b(?:write|mail) (?:to )?(?!down\b|it\b|that\b|a\b|the\b|in\b)\w+(?: \w+)? (?:that|saying"
                    r"|to say)\b"),
        ("shopping", r"\b(?:we|i)(?:'re|'m| are| am|'ve| have)? ?(?:all |nearly |almost |completely )*(?:run "
                     r"|running |ran )?"
                     r"(?:out of|low on|short of) (?!time|ideas|breath|luck|money|here|town|work|juice)\w"
                     r"|\b(?:need|have|got|want|must)(?: to)? (?:buy\b|(?:get|pick up) (?:some|more|new)\b)"
                     r"|\bneed (?:some )?more (?!time|sleep|help)\w"
                     r"|\b(?:at|from|to) the (?:shops?|store|supermarket|grocery store)\b|\bthere(?:'s"
                     r"| is) no (?:more )?\w+ left\b"),
        ("payment", r"(?<!do )(?<!did )\b(?:i|we) (?:still )?owe \w|\bpay (?:him|her|them|back)\b|\b(?:send|give|wire"
                    r"|transfer|move) .*"
                    r"(?:\b(?:euros?|dollars?|bucks|quid|pounds?|francs?)\b|[$€£]\d)"),
        ("timer", rf"\b(?:let me know|tell me|remind me|ping me|buzz me|call me|alert me|warn me|shout|beep)(?: when"
                  rf"| in| after"
                  rf"| once)+ {_LENGTH}|\btime (?:me|it|this)\b|^\W*(?:and |please |just |then )*(?:give me|set"
                  rf"|start) (?:another )?{_LENGTH}"
                  r"|\b(?:is|are|have|has) (?:up|passed|over)\W*$"),
        ("timer", rf"\bneeds? (?:another |about |around )?{_LENGTH}|\bcount(?:ing)? down\b|^\W*(?:and |just "
                  rf"|please )*{_LENGTH}(?: on the (?:clock|timer))?(?: for\b"
                  rf"|,? please|\W*$)"),
        ("convert", r"\b(?:turn|change|convert|exchange|swap) .+ (?:in)?to\b"
                    r"|\bhow (?:many|much) \w+ (?:do i get for|is|are|will i get for|in) (?:an?|\d|one|two|three|four"
                    r"|five|six|seven|eight|nine"
                    r"|ten|\w+teen|\w+ty|hundred|thousand)\b"
                    r"|\b(?:dollars?|euros?|pounds?|francs?|yen|rupees?|pesos?|kronor|kroner|zloty|lira|bucks"
                    r"|quid) (?:in|to|into) (?:\w+ )?(?:dollars?|euros?|pounds?|francs?|yen|rupees?|pesos?|kronor"
                    r"|kroner|zloty|lira|bucks|quid)\b"
                    r"|^(?:what|how much)(?:'s| is| are) .+ in (?:\w+ )?(?:dollars|euros|pounds|yen|francs|rupees"
                    r"|pesos|miles"
                    r"|kilomet\w+|celsius|fahrenheit|kilos?|grams|liters|litres|gallons|inches|feet|meters|metres"
                    r"|centimet\w+)\b"),
        ("recipe", r"\bwhat (?:can|could) (?:i|we) do with\b|\bwhat (?:can|could|should|shall|do|might) (?:i"
                   r"|we) (?:make|cook|prepare|whip up)\b"
                   r"|\b(?:something|anything"
                   r"|ideas?|what) (?:to|for) (?:cook|eat|make|dinner|lunch|breakfast|supper)\b|\bfor (?:dinner"
                   r"|supper)\b"
                   r"|\bideas? (?:for|with)\b"),
        ("appointment", r"\b(?:see|squeeze|fit) me\b|\b(?:see|visit|need|get to|go to|get in with|in with) (?:a|an"
                        r"|the|my) (?:\w+ )?(?:dentist"
                        r"|doctor|gp|specialist|optician|therapist"
                        r"|physio\w*|dermatologist|vet)\b|\b(?:take a look at|look at|check|examine"
                        r"|have .* (?:looked at|checked))"
                        r"\b.*\b(?:my|mine|me)\b|\bmake (?:me )?an appointment\b|\bcheck-?up\b|\bsee (?:someone"
                        r"|somebody)\b|\b(?:can|could|should) (?:a|the|some) (?:doctor|dentist|specialist|\w+ist)\b"),
        ("loan", r"\b(?:keep|have|hang on to|hold on to|extend|need) .+ (?:for )?(?:\w+ )?(?:more|another|longer"
                 r"|extra)\b"
                 r"|\bdue (?:back|in|tomorrow|today|on|next|soon)\b|\blonger with\b|\bmore time (?:with|for)\b"
                 r"|\b(?:need|get me|have|give me) (?:some )?more time\b"),
        ("exhibit", r"\b(?:see|visit) the [A-Z]\w+|\b(?:see|visit|go to|get into|tickets? (?:for"
                    r"|to)) the (?:[\w']+ )*museum\b|\bexhibition\b"),
        ("walking", r"\bhow (?:far|much|many steps|long) (?:have|did|do) i (?:walk|walked|go|gone|take|taken|make"
                    r"|done)\b"
                    r"|\bwalked (?:today|enough)\b"),
        ("account", r"\bhow much (?:money )?(?:do i|have i|is|do we|have we|'s)\b.*\b(?:have|got|left|in|on|account"
                    r"|save\w*|owe)\b"
                    r"|\bwhat(?:'s| is) (?:left )?(?:on|in|left in|left on) my\b|\bam i (?:broke|overdrawn"
                    r"|in the red)\b|\bmy balance\b|\bon my (?:\w+ )?(?:card|account)\b"),
        ("volume", r"\b(?:too|so|very|bit) (?:loud|quiet|noisy)\b|\b(?:turn|crank|take|bring|put) (?:it|that|this"
                   r"|the \w+) (?:up|down)\b"
                   r"|\b(?:can't|cannot|can hardly|can barely) hear\b"),
        ("charging", r"\b(?:needs?|out of|low on) (?:juice|power|charge|electricity)\b|\b(?:plug in|charge|recharge"
                     r"|top up) (?:the|my"
                     r"|our)? ?(?:car|ev|battery)?\b|\bcharg(?:ing|er)\b"),
        ("parcel order", r"\bis (?:my|the) (?:order|parcel|package|delivery) (?:coming|here|on its way|arriving"
                         r"|ready)\b|\bwhere(?:'s| is| are| on earth is)\b.*\b(?:order\w*|parcel|package|stuff|delivery"
                         r"|things?)\b|\bhas (?:it|\d[\d ]*|my \w+"
                   r"|that) (?:been )?(?:shipped|sent|arrived|come|left|gone out)\b|\bwhen (?:will|does|is) (?:it"
                   r"|my \w+) (?:arrive|come"
                   r"|get here|be here|coming|arriving)\b"),
        ("calendar", r"\binvite [A-Z]\w+ .*\bto an? |\b(?:block|pencil|set aside|slot) .*\b(?:for|in)\b|\b(?:book"
                     r"|schedule|arrange) .*\bwith [A-Z]"
                     r"|\bsit down with\b|\bmeet(?:ing)? (?:with|up)\b"
                     r"|\bget together with\b|\bput .+ (?:in|on|down) (?:for|my (?:calendar|agenda|schedule))\b"),
    )
)  # fmt: skip
"""The concept of `vocabulary.CONCEPTS` that a phrase means."""

NEEDS = re.compile(
    r"^(?:(?:well|oh|so|hey|okay|please|and|now|um|uh)\b[ ,]*)*(?:"
    r"[\w ,]{2,60} needs? to (?:go|be) (?:on|in|put|added) |"
    r"(?:the|my|our) \w+ (?:is|are) (?:out of|low on) |(?:the|my|our|all) [\w ]{2,30} should (?:be|go) (?:on|off|at"
    r"|open|closed)|"
    r"(?:we|i)(?:'re|'m| are| am|'ve| have)? ?(?:all |nearly |almost |completely |just )*(?:run |running "
    r"|ran )?(?:out of|low on"
    r"|short of) (?!time|ideas|breath|luck|money|patience|options|here|town|work|bed|order|control|touch)"
    r"|(?:i'm|i am|we're|we are) (?:still )?waiting for (?:my|the|order)|(?:i'm|i am|we're|we are) (?:after|craving) "
    r"|(?:we|i) (?:still )?owe |(?:i|we) (?:really |kind of )?feel like |(?:i'm|we're|i am"
    r"|we are) in the mood for "
    r"|(?:my|our|the) [\w ]{2,20} needs? (?!to\b)|(?:someone|somebody) (?:should|has to|needs to|must|ought to) "
    r"|[^,]{2,40} (?:is|are) due (?:back )?|let me know when |(?:i|we) (?:have|need) to be in |there(?:'s| is"
    r"| are) no (?:more )?[\w ]{2,30} left\b|(?:we|i)(?: are|'re|'m| am) [^,]{3,40} and (?:we |i )?(?:want|need"
    r"|would like)"
    r"|(?:\w+ of us|\w+ people) want to "
    r"|(?:any|some) (?:ideas|suggestions) |(?:i|we) don't want to hear )",
    re.IGNORECASE,
)
"""Something told that is plainly a wish."""

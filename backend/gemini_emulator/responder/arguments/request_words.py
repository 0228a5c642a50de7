"""Words that requests are made of: what an order begins with, and what is never itself a value."""

from __future__ import annotations

import re

from gemini_emulator.responder.stemming import word_set

NOBODY = word_set(
    "down off out over a an and at back by call everybody for from in of on or with everybody everyone her "
    "him if it me message myself phone please say somebody someone text that the them this to up us when"
)
VERBS = word_set(
    "add begin book buy call check convert cook bake create define explain find get give hear listen look "
    "make open order phone plan play prepare put read remember remind reserve schedule search send set show "
    "start switch take tell track translate turn write say fetch bring note log rate request cancel delete "
    "remove pause stop record"
)
ORDERS = VERBS | word_set(
    "activate adjust ask arrange begin block brew bring calculate change charge clean clear close compute "
    "continue count fetch shut wash deactivate dial dim display divide do download drop drive email enable "
    "fill finish fix go heat help increase inform jot message keep launch lead leave listen lock lower move "
    "mute navigate notify pay phone pick preheat prepare print pull push raise read repeat reply report "
    "restart resume return ring roll run save say sell share skip snooze split spell stream sum swap switch "
    "text throw transfer try turn undo unlock unmute update use vacuum wake cut shoot power fire kill shuffle "
    "wind brew buzz accept apply approve archive assign bump borrow boost cancel chuck compare confirm copy "
    "crank decline decrease delegate disable dispense double duplicate eject enroll enter erase export extend "
    "fit flag freeze grab hand hide import insert inspect invite irrigate lend lengthen locate log loop mail "
    "mark measure mend mow order park pencil ping pop postpone prolong pull recharge recommend reduce refill "
    "register reject rename renew rent reorder repair reschedule reserve resume revoke rotate scan schedule "
    "shift silence sort spray squeeze stick submit subscribe suggest tag trim unblock unfreeze unpause "
    "unsubscribe verify wipe wire withdraw"
)
"""Words that an order begins with."""
DOING = ORDERS | word_set(
    "catch hear know learn feel try work watch meet pass reach talk speak fly travel drive go be have see "
    "meet eat drink sleep leave visit stay walk buy"
)
"""After "to" these are no person and no place."""
LEAD = ORDERS | word_set(
    "wants another more extra by completely entirely fully a about am an any are at be been can could did do does "
    "for go have hello hey hi how how's i i'd i'm i've in is it's let's see visit we'd we're we've you'd know "
    "nearest next closest let like long love many me much my need of ok okay on please should so some the "
    "there to up us want wanna was we well were what what's whats when when's where where's nearest closest "
    "next which who who's why will with would you"
)
AFTER_HEAD = word_set(
    "a about an any at by called down for from in like me my next of off on our some that the to up us with"
)
TRAIL = word_set(
    "left "
    "just should be but go that a again around here nearby near today tonight currently trading doing end ended an "
    "and are at by cost costs do doing for from completely entirely fully immediately together running "
    "started earlier soon yet going in into is like me mean means my now of on our please right thanks the to "
    "today's too us was with worth your"
)
ORDER_BEHIND = re.compile(
    rf"(?:^|,?\s+)(?:(?:so|and|please|can you|could you|will you|just|then)\s+)*(?:{'|'.join(sorted(ORDERS))}|have)"
    r" (?:it|that|them|those|this|these)(?=\s*(?:[,.?!]|$|\s(?:down|up|on|off|to|for|in|back|out|over|please|too|now"
    r"|as|with|at"
    r"|from|under|\w+ly|\w+ed|sent)\b)).*$",
    re.IGNORECASE,
)
"""A second order about the same thing: ", jot that down"."""

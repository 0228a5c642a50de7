"""What everyday English words have in common: things of one kind, verbs of one sense, irregular forms."""

from __future__ import annotations


def word_set(listed: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(listed.split())


CONCEPTS: dict[str, frozenset[str]] = {
    "weather": word_set(
        "celsius cloudy cold degrees fahrenheit forecast hot humid humidity meteorology rain raining rains rainy "
        "snow snowing snows snowy storm sunny sunshine temperature thunderstorm umbrella warm weather wind windy"
    ),
    "clock": word_set("clock date hour o'clock time timezone zone"),
    "lookup": word_set(
        "article browse encyclopedia fact facts find google info information internet look lookup query search "
        "web wiki wikipedia"
    ),
    "arithmetic": word_set(
        "add arithmetic calculate calculation calculator compute divide divided evaluate expression math "
        "mathematics maths minus multiplied multiply percentage percentages plus subtract sum"
    ),
    "light": word_set("brightness bulb bulbs dim lamp lamps light lighting lights"),
    "music": word_set("album artist band hear jazz listen music play playlist radio rock singer song songs track tune"),
    "timer": word_set("countdown stopwatch timer"),
    "message": word_set("email inform mail message messages reply send sms tell write"),
    "calendar": word_set("agenda appointment calendar entry event events meeting schedule"),
    "money": word_set(
        "bucks currencies currency dollar dollars euro euros exchange franc francs money pound pounds quid rupees yen"
    ),
    "travel": word_set("directions drive navigate navigation route way"),
    "translate": word_set("translate translation translator"),
    "news": word_set("headline headlines news"),
    "stock": word_set("share shares stock stocks ticker"),
    "order": word_set("arrive buy deliver delivery order purchase ship shipment shipped shipping"),
    "alarm": word_set("alarm wake"),
    "reminder": word_set("remember remind reminder reminders"),
    "flight": word_set("airline flight flights fly plane"),
    "train": word_set("rail railway train trains"),
    "pizza": word_set("pizza pizzas"),
    "recipe": word_set("bake cook cooking recipe recipes"),
    "heating": word_set(
        "chilly freezing stuffy ac aircon climate colder conditioner conditioning cooler degrees heat heater "
        "heating radiator temperature thermostat warmer"
    ),
    "dice": word_set("dice die"),
    "parcel": word_set("arrived courier delivery package parcel parcels ship shipment shipped shipping tracking"),
    "restaurant": word_set("dinner reservation restaurant table"),
    "book": word_set("book booking reservation reserve"),
    "hotel": word_set("accommodation hotel hotels"),
    "phone": word_set("call dial phone ring telephone"),
    "shopping": word_set("buy groceries grocery shopping"),
    "convert": word_set("conversion convert converter"),
    "measure": word_set(
        "celsius centimeters cups fahrenheit feet gallons grams inches kilograms kilometers kilometres kilos km "
        "liters litres measurement meters metres miles ounces unit units yards"
    ),
    "lock": word_set("lock locked unlock unlocked"),
    "door": word_set("door doors garage gate"),
    "volume": word_set("loud louder loudness mute noise quieter sound volume"),
    "dictionary": word_set("define definition dictionary mean meaning"),
    "vacuum": word_set("hoover vacuum"),
    "clean": word_set("clean cleaning tidy"),
    "camera": word_set("camera photo photograph picture"),
    "blinds": word_set("blind blinds curtain curtains shade shades shutter shutters"),
    "taxi": word_set("cab ride taxi"),
    "note": word_set("jot memo note notes"),
    "movie": word_set("cinema film films movie movies"),
    "nearby": word_set("around closest near nearby nearest"),
    "bus": word_set("bus buses"),
    "battery": word_set("battery charge charged charging"),
    "coffee": word_set("coffee espresso"),
    "television": word_set("channel television tv"),
    "medicine": word_set(
        "antibiotic antibiotics antihistamine aspirin capsule capsules dose doses drug drugs eyedrops ibuprofen "
        "inhaler insulin magnesium melatonin metformin ointment painkiller painkillers paracetamol penicillin "
        "syrup tablet zinc medication medications medicine medicines pharmacy pill pills prescribed prescription "
        "prescriptions tablets vitamin vitamins"
    ),
    "illness": word_set(
        "ache aches cough dizzy fever headache hurt hurts ill illness nausea pain pains sick sore symptom symptoms"
    ),
    "meal": word_set("ate breakfast calories eat eaten food lunch meal meals snack supper"),
    "food": word_set(
        "apple apples aubergine avocado bacon bagel banana bananas bean beans beef beer biscuits bread broccoli "
        "burger butter cabbage cake carrot carrots cauliflower cereal cheese chicken chickpeas chips chocolate "
        "cider coffee coffees cookbook cookies corn cream cucumber curry dish dishes drink drinks duck egg eggs "
        "fish flour food fries fruit garlic ginger ham honey ingredient ingredients jam juice kale lamb lasagna "
        "leek leeks lemon lemonade lentils lettuce meat melon menu milk mushroom mushrooms mustard noodles nuts "
        "oats oil olives omelette onion onions orange oranges pancakes parsley pasta peach pear pears peas pepper "
        "peppers pie pork potato potatoes prawns pumpkin rice salad salmon salt sandwich sauce sausage sausages "
        "shrimp snack soda soup spaghetti spinach steak strawberries sugar sushi tea toast tofu tomato tomatoes "
        "tuna turkey vegetables vinegar wine yogurt zucchini"
    ),
    "exercise": word_set("exercise exercises gym jog jogging workout workouts"),
    "payment": word_set("paid pay payee payment payments transfer"),
    "account": word_set("account accounts balance bank checking savings"),
    "bill": word_set("bill bills invoice invoices"),
    "refund": word_set("refund refunds"),
    "expense": word_set("cost expense expenses spend spending spent"),
    "pupil": word_set("learner pupil pupils student students"),
    "grade": word_set("grade grades mark marks"),
    "lesson": word_set("class classes course courses lecture lectures lesson lessons timetable"),
    "absence": word_set("absence absences absent away holiday leave vacation"),
    "watering": word_set("hose irrigate irrigation sprinkler sprinklers water watering"),
    "plants": word_set("flower flowers garden lawn plant plants"),
    "ground": word_set("dirt ground soil"),
    "damp": word_set("damp dry humid moist moisture wet"),
    "car": word_set("automobile car cars truck van vehicle vehicles"),
    "fuel": word_set("diesel fuel gas gasoline petrol refuel"),
    "parking": word_set("park parked parking"),
    "printing": word_set("copies print printer printing printout"),
    "file": word_set("document documents file files pdf"),
    "fault": word_set("bug bugs defect fault incident issue issues malfunction problem problems"),
    "show": word_set("concert concerts performance theater theatre"),
    "animal": word_set("animal animals cat cats dog dogs pet pets puppy"),
    "child": word_set("baby child children infant kid kids toddler"),
    "task": word_set("chore chores job task tasks todo"),
    "sleep": word_set("asleep bed nap nights sleep slept"),
    "weight": word_set("heavy weigh weighs weight"),
    "pulse": word_set("heart heartbeat pulse"),
    "poll": word_set("poll survey vote votes"),
    "letter": word_set("letter letters post postal stamp stamps"),
    "luggage": word_set("bag bags baggage luggage suitcase suitcases"),
    "elevator": word_set("elevator elevators lift"),
    "guest": word_set("guest guests visitor visitors"),
    "employee": word_set("coworker colleague colleagues employee employees staff team worker workers"),
    "patient": word_set("patient patients"),
    "customer": word_set("client clients customer customers"),
    "doctor": word_set("clinic doctor doctors gp physician"),
    "price": word_set("cost costs cheap cheaper expensive fare fee price prices pricey"),
    "discount": word_set("coupon coupons discount discounts promo voucher vouchers"),
    "stockroom": word_set("inventory stock stocked warehouse"),
    "seats": word_set("seat seating seats"),
    "hours": word_set("closes hours opening opens"),
    "speed": word_set("fast faster slow slower speed tempo"),
    "security": word_set("alarm burglar intruder security"),
    "salary": word_set("earnings paycheck pay payroll salary wage wages"),
    "loan": word_set("borrow borrowed lend lent loan loans mortgage"),
    "library": word_set("library novel novels"),
    "trip": word_set("journey tour travel trip trips"),
    "delay": word_set("delay delayed delays late"),
    "laundry": word_set("dryer laundry wash washer washing"),
    "dishes": word_set("dishes dishwasher"),
    "fridge": word_set("freezer fridge refrigerator"),
    "exhibit": word_set("exhibit exhibition exhibitions gallery museum museums"),
    "match": word_set("fixture game games match matches score scores"),
    "walking": word_set("pedometer step steps walk walked walking"),
    "charging": word_set("charge charged charger chargers charging ev plug recharge"),
    "appointment": word_set("appointment appointments"),
    "window": word_set("window windows windshield"),
    "speaker": word_set("speaker speakers"),
    "quiz": word_set("exam exams quiz quizzes test tests"),
}
"""Things of one kind. Words are compared by their stems."""

ACTIONS: dict[str, frozenset[str]] = {
    "open": word_set("open reopen"),
    "close": word_set("close shut"),
    "start": word_set("activate begin boot launch run start"),
    "stop": word_set("abort cut deactivate end finish halt quit stop terminate"),
    "pause": word_set("hold pause"),
    "resume": word_set("continue resume unpause"),
    "cancel": word_set("cancel revoke scrap undo void withdraw"),
    "move": word_set("bump delay move postpone push rearrange reschedule shift"),
    "send": word_set("dispatch fire forward send submit wire"),
    "transfer": word_set("send transfer wire"),
    "reserve": word_set("book hold reserve"),
    "buy": word_set("buy order purchase"),
    "add": word_set("add append enter include insert put throw"),
    "remove": word_set("clear delete drop erase remove wipe"),
    "raise": word_set("boost crank increase lift raise"),
    "lower": word_set("cut decrease drop lower reduce"),
    "find": word_set("find locate look search"),
    "note": word_set("enter jot log note record track write"),
    "report": word_set("file flag report submit"),
    "assign": word_set("allocate assign delegate give"),
    "renew": word_set("extend lengthen prolong renew"),
    "return": word_set("give return send"),
    "pay": word_set("pay settle"),
    "block": word_set("block disable freeze lock suspend"),
    "save": word_set("download export render save store"),
    "refill": word_set("refill reorder replenish"),
    "mute": word_set("mute silence"),
    "play": word_set("listen play stream"),
    "wash": word_set("clean mop scrub sweep tidy wash"),
    "show": word_set("display list read show view"),
    "choose": word_set("choose pick select"),
    "change": word_set("adjust alter amend change edit modify switch update"),
    "set": word_set("adjust change put set turn"),
    "make": word_set("build compose create draft generate make"),
    "bring": word_set("bring deliver fetch"),
    "join": word_set("enroll enrol join register sign subscribe"),
    "leave": word_set("leave quit unsubscribe"),
    "ask": word_set("ask request"),
    "call": word_set("call contact dial phone ring"),
    "water": word_set("irrigate spray sprinkle water"),
    "heat": word_set("heat preheat warm"),
    "rate": word_set("grade rank rate review score"),
    "invite": word_set("ask invite"),
    "fix": word_set("fix mend repair service"),
    "split": word_set("divide share split"),
    "hide": word_set("conceal hide"),
    "check": word_set("check examine inspect verify"),
}
"""What one can do, and the verbs for it."""

PHRASAL: dict[str, str] = {
    "turn up": "raise", "turn down": "lower", "put off": "postpone", "push back": "postpone", "call off": "cancel",
    "bring forward": "reschedule", "sign up": "enroll", "hand in": "submit", "send back": "return",
    "give back": "return", "bring back": "return", "take back": "return", "get rid of": "remove",
    "take off": "remove", "write down": "note", "jot down": "note", "check out": "borrow", "set up": "create",
    "top up": "refill", "look up": "find", "look for": "find", "shut down": "stop", "shut off": "stop",
    "fill up": "refill", "run out": "refill", "running out": "refill", "out of": "refill", "pull up": "show",
    "bring up": "show", "wake up": "wake", "pick out": "choose", "give up": "cancel", "back up": "save",
    "put down": "note", "cool down": "cool", "warm up": "heat", "heat up": "heat", "log in": "enter",
    "hour longer": "extend", "hours longer": "extend", "minutes longer": "extend", "days longer": "extend",
    "week longer": "extend", "bit longer": "extend", "little longer": "extend", "while longer": "extend",
    "tune in": "play", "hang on to": "keep", "hold on to": "keep",
    "kick off": "start", "fire up": "start", "get going": "start", "get running": "start", "note down": "note",
    "power up": "start", "boot up": "start", "power down": "stop", "start up": "start",
}  # fmt: skip
"""Two words that mean what one verb means; another word may stand between them."""

IRREGULAR: dict[str, str] = {
    form: base
    for base, forms in {
        "be": "been being", "become": "became", "begin": "began begun", "bend": "bent", "bite": "bit bitten",
        "blow": "blew blown", "break": "broke broken", "bring": "brought", "build": "built", "buy": "bought",
        "catch": "caught", "choose": "chose chosen", "come": "came", "dig": "dug", "draw": "drew drawn",
        "drink": "drank drunk", "drive": "drove driven", "eat": "ate eaten", "fall": "fell fallen", "feed": "fed",
        "fight": "fought", "fly": "flew flown", "forget": "forgot forgotten", "freeze": "froze frozen",
        "give": "gave given", "go": "went gone", "grow": "grew grown", "hang": "hung", "hear": "heard",
        "hide": "hid hidden", "hold": "held", "keep": "kept", "know": "knew known", "lead": "led", "lend": "lent",
        "light": "lit", "lose": "lost", "make": "made", "mean": "meant", "meet": "met", "pay": "paid",
        "ride": "rode ridden", "rise": "rose risen", "run": "ran", "say": "said", "see": "saw seen", "sell": "sold",
        "send": "sent", "shake": "shook shaken", "shoot": "shot", "show": "shown", "sing": "sang sung",
        "sit": "sat", "sleep": "slept", "speak": "spoke spoken", "spend": "spent", "steal": "stole stolen",
        "swim": "swam swum", "take": "took taken", "teach": "taught", "tell": "told", "think": "thought",
        "throw": "threw thrown", "wake": "woke woken", "wear": "wore worn", "win": "won", "write": "wrote written",
        "color": "colour", "liter": "litre", "meter": "metre", "center": "centre", "gray": "grey",
        "favorite": "favourite", "program": "programme", "theater": "theatre",
        "child": "children", "foot": "feet", "man": "men", "person": "people", "tooth": "teeth", "woman": "women",
    }.items()
    for form in forms.split()
}  # fmt: skip
"""Forms of verbs that no rule leads back to the infinitive."""

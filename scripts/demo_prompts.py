"""Prompts of our own for the demo data: six domains, each with several topics.

A domain is a list of topics; a topic is (name, difficulty range, writer). A
writer takes a Dice and a level in 0..1 and returns a prompt whose text shows
the level: more steps, more clues, longer notes, rarer words. Nothing here is
taken from a benchmark, and there are no answers: the outcomes are simulated.
"""
import random


class Dice:
    """Draws made of random() alone, which Python keeps the same for ever."""

    def __init__(self, seed):
        self._random = random.Random(seed).random

    def unit(self):
        return self._random()

    def between(self, low, high):
        """A whole number in low..=high."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items):
        return items[int(self._random() * len(items))]

    def some(self, items, count):
        """Distinct items, in the order drawn."""
        left = list(items)
        return [left.pop(int(self._random() * len(left))) for _ in range(count)]

    def bell(self):
        """Nearly standard normal: the sum of twelve, so additions only."""
        return sum(self._random() for _ in range(12)) - 6.0


PEOPLE = ["Amira", "Bruno", "Chen", "Dalia", "Edgar", "Fatou", "Goran", "Hana", "Ivo", "Jonas",
          "Keiko", "Lorenz", "Mira", "Nadir", "Olga", "Pablo", "Quinn", "Rosa", "Stefan", "Tuva"]
GOODS = ["pencils", "lanterns", "melons", "teacups", "bicycle bells", "postcards", "candles",
         "wool socks", "jam jars", "paintbrushes", "seed packets", "notebooks"]
TOWNS = ["Oakfield", "Harrow Bay", "Sandmere", "Tilbridge", "Norwick", "Elmsford", "Cold Ash",
         "Marlow Point", "Dunholt", "Riverside"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "March", "April", "June", "July", "September", "October", "December"]


def count_of(level, low, high):
    """How many steps, clues or sentences a level asks for."""
    return low + int(level * (high - low) + 0.5)


# --- arithmetic ------------------------------------------------------------

def shopping(d, level):
    items = d.some(GOODS, count_of(level, 1, 5))
    parts = [f"{d.between(2, 40)} {x} at {d.between(1, 19)}.{d.between(10, 99)} each" for x in items]
    text = f"{d.pick(PEOPLE)} buys {', '.join(parts)}."
    if level > 0.5:
        text += f" A voucher takes {d.between(5, 30)} percent off the dearest line only."
    return text + " How much is paid in total?"


def travel(d, level):
    a, b = d.some(TOWNS, 2)
    text = (f"A {d.pick(['train', 'bus', 'ferry', 'cyclist', 'van'])} leaves {a} for {b}, "
            f"{d.between(40, 600)} km away, at {d.between(20, 120)} km/h.")
    for _ in range(count_of(level, 0, 3)):
        text += d.pick([
            f" It stops for {d.between(5, 50)} minutes after {d.between(10, 90)} km.",
            f" After {d.between(2, 4)} hours the speed changes by {d.between(5, 25)} percent.",
            f" A second vehicle starts from {b} towards it {d.between(5, 90)} minutes later.",
        ])
    return text + " " + d.pick(["How long is the journey?", "When do they arrive or meet?"])


def sharing(d, level):
    text = (f"{d.pick(PEOPLE)} shares {d.between(12, 480)} {d.pick(GOODS)} equally among "
            f"{d.between(2, 12)} {d.pick(['friends', 'classes', 'boxes', 'neighbours'])}.")
    if level > 0.3:
        text += f" {d.between(2, 11)} are broken and thrown away first."
    return text + " " + d.pick(["How many does each get?", "How many are left over?"])


def interest(d, level):
    years = count_of(level, 1, 7)
    text = (f"A savings account of {d.between(3, 90)}00 euros earns "
            f"{d.between(1, 9)}.{d.between(1, 9)} percent compound interest a year for {years} years.")
    for year in range(2, years, 2):
        text += f" At the end of year {year}, {d.between(50, 400)} euros are withdrawn."
    return text + " What is the final balance, to the cent?"


def work_rate(d, level):
    names = d.some(PEOPLE, count_of(level, 2, 4))
    parts = [f"{n} alone needs {d.between(3, 20)} hours" for n in names]
    job = d.pick(["paint the fence", "fill the pool", "type the archive", "harvest the orchard"])
    text = f"To {job}, {', '.join(parts)}."
    if level > 0.5:
        text += f" {names[0]} leaves after {d.between(2, 4)} hours."
    return text + " How long do they need together?"


def geometry(d, level):
    shape = d.pick(["rectangle", "triangle", "circle"] if level < 0.4 else
                   ["trapezoid", "regular hexagon", "truncated cone", "tetrahedron"])
    ask = "area" if level < 0.4 else d.pick(["surface area", "volume or area", "inscribed radius"])
    text = f"A {shape} has sides or radii of {d.between(3, 60)} cm and {d.between(3, 60)} cm."
    if level > 0.6:
        text += (f" It is scaled by {d.between(2, 9)}/{d.between(10, 13)}"
                 f" and one angle is {d.between(20, 80)} degrees.")
    return text + f" Find the {ask}."


def chance(d, level):
    text = (f"A bag holds {d.between(3, 15)} red, {d.between(3, 15)} blue and {d.between(2, 9)} green "
            f"marbles. {count_of(level, 2, 5)} are drawn without replacement.")
    ask = d.pick(["exactly two are red", "no colour occurs three times",
                  "the last one is blue given that the first was green",
                  "all colours occur at least once"])
    return text + f" What is the probability that {ask}? Give a reduced fraction."


# --- code ------------------------------------------------------------------

EASY_LANGUAGE = ["Python", "JavaScript", "Python", "Ruby"]
HARD_LANGUAGE = ["Rust", "C++", "Haskell", "Scala", "Erlang", "OCaml"]


def language(d, level):
    return d.pick(HARD_LANGUAGE if d.unit() < level else EASY_LANGUAGE)


def extras(d, level, choices):
    """Requirements added one by one as the level rises."""
    more = d.some(choices, min(len(choices), count_of(level, 0, 4)))
    return "".join(" " + x for x in more)


def strings(d, level):
    task = d.pick(["reverses the words of a sentence", "counts the vowels in a string",
                   "checks whether a string is a palindrome", "turns snake_case into camelCase",
                   "removes repeated letters from a word", "pads a string to a given width",
                   "finds the longest common prefix of a list of strings"])
    return f"Write a {language(d, level / 2)} function that {task}." + extras(d, level, [
        "Ignore case.", "Handle accented letters.",
        f"Strings may have up to {d.between(2, 90)} million characters.",
        "Do not use any library.", f"Name it f{d.between(10, 999)}."])


def lists(d, level):
    task = d.pick(["returns the second largest number", "removes duplicates but keeps the order",
                   "rotates the list by k places", "merges two sorted lists",
                   "splits the list into chunks", "sums every n-th element"])
    return f"Given a list of integers, write a {language(d, level / 2)} function that {task}." + extras(
        d, level, ["The list may be empty.", f"k can be as large as {d.between(2, 99)} billion.",
                   "Use constant extra memory.", "Do not modify the input.",
                   f"Test it on {d.between(3, 9)} cases."])


def database(d, level):
    table = d.pick(["orders", "flights", "patients", "loans", "songs", "parcels"])
    ask = d.pick(["the ten newest rows", "the mean value per month",
                  "rows without a match in the other table",
                  "the top three per group", "the running total by day"])
    return (f"Write a SQL query over table {table}(id, owner_id, amount, created_at) that returns {ask}"
            f" for owner {d.between(100, 9999)}.") + extras(d, level, [
                "Use a window function.", "Join it with owners(id, region).",
                "Nulls in amount count as missing.", "It must run on SQLite.",
                "Use a recursive common table expression."])


def pattern(d, level):
    what = d.pick(["dates like 2024-05-17", "hexadecimal colours", "phone numbers with a country code",
                   "quoted strings with escaped quotes", "version numbers", "nested brackets two deep"])
    return f"Give a regular expression that matches {what}." + extras(d, level, [
        "Anchor it to the whole line.", "Capture each part by name.",
        "It must not backtrack exponentially.", f"Reject numbers above {d.between(20, 9000)}.",
        f"It should work in {language(d, level)}."])


def graphs(d, level):
    what = d.pick(["the shortest path between two nodes", "all strongly connected components",
                   "a minimum spanning tree", "a topological order", "the maximum flow",
                   "the bridges of the graph"])
    return (f"Implement an algorithm in {language(d, level)} that finds {what}"
            " in a weighted directed graph.") + extras(d, level, [
        f"There are up to {d.between(2, 900)}00 nodes.", "Edges may have negative weights.",
                   "Print the path itself.", "Edges arrive and vanish between queries.",
                   f"It has to finish within {d.between(1, 9)} seconds."])


def concurrency(d, level):
    what = d.pick(["a bounded queue for several producers",
                   "a read-write lock that favours writers",
                   "a rate limiter shared by many threads", "a lock-free stack",
                   "a thread pool that can be drained"])
    return f"In {language(d, max(level, 0.7))}, implement {what}." + extras(d, level, [
        "No busy waiting.", "Explain the memory ordering.", f"It serves {d.between(4, 64)} threads.",
        "Shutdown must not lose work.", "A panic in one thread must not poison the rest."])


def debugging(d, level):
    name, limit = d.pick(["total", "best", "seen", "left", "acc"]), d.between(2, 60)
    body = ["def f(xs):", f"    {name} = 0", f"    for i in range({d.between(0, 1)}, len(xs)):",
            f"        if xs[i] > {limit}:", f"            {name} += xs[i - 1]"]
    if level > 0.5:
        body += [f"        elif i % {d.between(2, 7)} == 0:", "            xs.pop(i)"]
    body.append(f"    return {name}")
    ask = d.pick(["It sometimes gives the wrong sum.", "It raises IndexError on some lists.",
                  "It skips elements."])
    return "Find the bug in this Python code. " + ask + "\n" + "\n".join(body)


# --- facts -----------------------------------------------------------------

COUNTRIES = ["Portugal", "Kenya", "Vietnam", "Peru", "Norway", "Egypt", "Canada", "Nepal", "Ghana",
             "Iceland", "Chile", "Mongolia", "Austria", "Jordan", "Uruguay", "Thailand", "Latvia",
             "Senegal", "Greece", "Bolivia", "Japan", "Oman", "Cuba", "Finland", "Zambia"]
ELEMENTS = ["iron", "sodium", "tungsten", "helium", "mercury", "copper", "zinc", "neon", "silver",
            "boron", "argon", "cobalt", "hafnium", "ytterbium", "rhenium", "osmium"]
ANIMALS = ["otter", "heron", "gecko", "lynx", "walrus", "tapir", "kiwi", "mantis shrimp", "axolotl",
           "pangolin", "okapi", "lamprey", "tuatara", "hagfish"]
FIELDS = ["medieval heraldry", "numismatics of the Hanseatic towns", "lichen taxonomy",
          "Byzantine court titles", "early organ building", "Polynesian navigation",
          "Ottoman land law", "campanology", "Gregorian notation", "Sumerian metrology",
          "bookbinding before printing", "alpine glaciology", "Etruscan epigraphy"]


def hedge(d, level):
    """Ways to ask, longer where the question is harder."""
    if level < 0.4:
        return d.pick(["", " Answer in one word.", " Be brief."])
    return d.pick([" Name a primary source for it.", " Say how sure you are, in percent.",
                   " Explain why the common answer is wrong.",
                   f" Compare it with {d.between(3, 5)} similar cases."])


def geography(d, level):
    c = d.pick(COUNTRIES)
    ask = d.pick([f"What is the capital of {c}?", f"Which sea or ocean borders {c}?",
                  f"Which currency is used in {c}?", f"On which continent is {c}?",
                  f"What is the longest river of {c}?", f"What is the highest mountain of {c}?",
                  f"Which countries border {c}?", f"How many inhabitants has {c}?"])
    return ask + hedge(d, level)


def chemistry(d, level):
    e = d.pick(ELEMENTS)
    easy = [f"What is the chemical symbol of {e}?", f"Is {e} a metal?", f"What is the atomic number of {e}?"]
    hard = [f"What is the ground-state electron configuration of {e}?",
            f"Which ore is the main source of {e}?", f"Who first isolated {e}, and how?",
            f"Which isotope of {e} is the most abundant?"]
    return d.pick(hard if d.unit() < level else easy) + hedge(d, level)


def nature(d, level):
    a = d.pick(ANIMALS)
    return d.pick([f"What does a {a} eat?", f"Where does the {a} live?", f"How long does a {a} live?",
                   f"To which family does the {a} belong?", f"How does a {a} breathe?",
                   f"What is a young {a} called?", f"How does the {a} defend itself?"]) + hedge(d, level)


def inventions(d, level):
    thing = d.pick(["telephone", "steam engine", "printing press", "barometer", "zip fastener",
                    "typewriter", "vaccine", "transistor", "sextant", "sewing machine", "pencil",
                    "microscope", "parachute", "safety razor", "gyrocompass"])
    return d.pick([f"Who invented the {thing}?", f"In which century was the {thing} invented?",
                   f"Which country did the {thing} come from?",
                   f"What came before the {thing}?"]) + hedge(d, level)


def arts(d, level):
    who = d.pick(["a violin", "a fresco", "a sonnet", "an opera", "a woodcut", "a fugue", "a haiku",
                  "a ballet", "a mosaic", "a villanelle", "a madrigal", "a gamelan piece"])
    return d.pick([f"What makes {who} what it is?", f"In which country did {who} first become popular?",
                   f"Name a famous maker or writer of {who}.",
                   f"How is {who} different from what came before it?",
                   f"How long does it take to finish {who}?"]) + hedge(d, level)


def obscure(d, level):
    f = d.pick(FIELDS)
    return (d.pick([f"In {f}, what is the term for", f"Which scholar of {f} first described",
                    f"In {f}, which century saw", f"According to handbooks of {f}, what distinguishes"])
            + d.pick([" the oldest surviving example?", " the disputed second type?",
                      " the change from the northern to the southern manner?",
                      f" the {d.between(3, 9)}-fold division?", " the mark of a forgery?",
                      " the exception to the general rule?"]) + hedge(d, level))


# --- translation -----------------------------------------------------------

NEAR = ["French", "German", "Spanish", "Italian", "Dutch", "Portuguese"]
FAR = ["Finnish", "Swahili", "Hungarian", "Icelandic", "Tamil", "Welsh", "Georgian", "Maori"]


def clause(d):
    who = d.pick(["my neighbour", "the postman", "our teacher", "a tall stranger", "the baker",
                  "her grandmother", "the new doctor", "two children", "the mayor"])
    did = d.pick(["forgot the keys", "planted an apple tree", "lost the last train", "repaired the roof",
                  "sold the old piano", "painted the kitchen yellow", "found a silver coin",
                  "missed the meeting", "baked far too much bread", "read the letter twice"])
    when = d.pick(["yesterday", "last winter", "before sunrise", f"at {d.between(2, 11)} o'clock",
                   "during the storm", "on Sunday", "without telling anyone", "for the second time"])
    return f"{who} {did} {when}"


def joined(d, count):
    text = clause(d)
    for _ in range(count - 1):
        text += d.pick([", although ", ", because ", ", and ", ", while ", " after "]) + clause(d)
    return text[0].upper() + text[1:] + "."


def everyday(d, level):
    return f"Translate into {d.pick(NEAR)}: {joined(d, count_of(level, 1, 3))}"


def distant(d, level):
    return f"Translate into {d.pick(FAR)}: {joined(d, count_of(level, 1, 4))}"


def register(d, level):
    tone = d.pick(["polite", "very formal", "friendly"]) if level < 0.7 else d.pick(
        ["archaic", "legal", "dialect", "courtly"])
    return (f"Translate into {d.pick(NEAR + FAR[:2])} in a {tone} register, as in a letter to "
            f"{d.pick(['a client', 'a landlord', 'an aunt', 'the city council'])}: "
            + joined(d, count_of(level, 1, 3)))


def idioms(d, level):
    saying = d.pick(["to let the cat out of the bag", "to bite off more than one can chew",
                     "to be under the weather", "to sit on the fence", "to burn the midnight oil",
                     "to cut corners", "to miss the boat", "to steal someone's thunder",
                     "to cost an arm and a leg", "to spill the beans"])
    ask = d.pick(["Give the nearest saying in", "Translate the idiom into", "Explain the saying in"])
    tail = d.pick(["", " Keep the tone.", " Give two versions."])
    if level > 0.6:
        tail += f" Then use it in a sentence about how {clause(d)}."
    return f"{ask} {d.pick(NEAR + FAR)}: '{saying}'.{tail}"


def verse(d, level):
    lines = [f"{d.pick(['Grey', 'Slow', 'Bright', 'Cold', 'Quiet', 'Wild'])} "
             f"{d.pick(['river', 'harbour', 'winter', 'orchard', 'lantern', 'meadow'])}, "
             f"{d.pick(['carry', 'forgive', 'remember', 'follow', 'wake'])} "
             f"{d.pick(['my name', 'the night', 'our bread', 'her song', 'the road'])}"
             for _ in range(count_of(level, 2, 5))]
    form = "keeping the metre" if level < 0.6 else "keeping both metre and rhyme"
    return f"Translate this verse into {d.pick(NEAR + FAR)}, {form}:\n" + "\n".join(lines)


# --- extraction and summaries of short notes --------------------------------

def note_sentences(d, kind, count):
    def one():
        who, day = d.pick(PEOPLE), f"{d.pick(DAYS)} {d.between(1, 28)} {d.pick(MONTHS)}"
        return d.pick({
            "meeting": [f"{who} will send the budget draft by {day}.",
                        f"{who} disagreed about moving the office to {d.pick(TOWNS)}.",
                        f"The next call is on {day} at {d.between(8, 17)}:{d.pick(['00', '15', '30'])}.",
                        f"{who} asked for {d.between(2, 9)} more licences.",
                        f"The release was put off by {d.between(2, 6)} weeks."],
            "delivery": [f"Pallet {d.between(100, 999)} with {d.between(10, 400)} {d.pick(GOODS)}"
                         f" left {d.pick(TOWNS)} on {day}.",
                         f"{d.between(2, 30)} {d.pick(GOODS)} arrived damaged.",
                         f"{who} signed for it at the gate of {d.pick(TOWNS)}.",
                         f"The driver waited {d.between(10, 90)} minutes.",
                         f"Invoice {d.between(1000, 9999)} over {d.between(50, 900)} euros is open."],
            "garden": [f"Frost on {day}, minus {d.between(1, 9)} degrees.",
                       f"{who} sowed {d.between(2, 9)} rows of {d.pick(['peas', 'beets', 'leeks', 'beans'])}.",
                       f"Rain, {d.between(2, 40)} mm since {d.pick(DAYS)}.",
                       f"Slugs took {d.between(3, 30)} seedlings.",
                       f"{who} harvested {d.between(1, 20)} kg of {d.pick(['plums', 'apples', 'squash'])}."],
            "clinic": [f"Patient {d.between(10, 99)} reports pain for {d.between(2, 20)} days.",
                       f"Temperature {d.between(36, 39)}.{d.between(0, 9)} on {day}.",
                       f"Dose changed from {d.between(1, 4)}0 to {d.between(5, 9)}0 mg.",
                       f"{who} will call back on {day}.",
                       f"Allergic to {d.pick(['penicillin', 'nuts', 'latex', 'iodine'])}, unconfirmed."],
        }[kind])
    return " ".join(one() for _ in range(count))


def note(kind):
    asks = {
        "meeting": ["Who has to do what, and by when?", "Summarise in one sentence.", "When is the next call?"],
        "delivery": ["How many items were damaged?", "Return places and dates as JSON.", "Which invoice is open?"],
        "garden": ["How much rain fell?", "Summarise in one sentence.", "List the harvest as a table."],
        "clinic": ["What is the present dose?", "Write a handover of at most 20 words.",
                   "Return every date with its event as JSON."],
    }[kind]

    def writer(d, level):
        text = f"Read this {kind} note. {note_sentences(d, kind, count_of(level, 2, 9))} {d.pick(asks)}"
        if level > 0.65:
            text += d.pick([" If two statements contradict each other, report both.",
                            " Mark what is uncertain.", " Convert all dates to ISO 8601."])
        return text
    return writer


# --- logic -----------------------------------------------------------------

def ordering(d, level):
    who = d.some(PEOPLE, count_of(level, 3, 7))
    clues = []
    for a, b in zip(who, who[1:]):
        clues.append(d.pick([f"{a} is taller than {b}.", f"{b} is not as tall as {a}."]))
    clues = d.some(clues, len(clues))
    return " ".join(clues) + " " + d.pick(["Who is the tallest?", f"Who comes right after {d.pick(who[:-1])}?",
                                           "Give the whole order."])


def knights(d, level):
    who = d.some(PEOPLE, count_of(level, 2, 5))
    says = []
    for a in who:
        claim = d.pick([d.pick(who) + " lies", f"exactly {d.between(1, len(who))} of us lie",
                        "I and " + d.pick(who) + " are alike"])
        says.append(f"{a} says: '{claim}.'")
    return ("On an island everyone always lies or always tells the truth. " + " ".join(says)
            + " Who tells the truth?")


def sequence(d, level):
    start, step, grow = d.between(1, 60), d.between(2, 15), d.between(2, 9)
    items = []
    for _ in range(5):
        items.append(start)
        start += step
        step = step + grow if level > 0.35 else step
        if level > 0.7:
            start += items[-1] % grow
    return d.pick(["What comes next in ", "Continue the sequence "]) + ", ".join(map(str, items)) + "?"


def syllogism(d, level):
    words = d.some(["florps", "brims", "tazzles", "quonks", "merps", "dravins", "sneels", "yops"],
                   count_of(level, 3, 6))
    links = [f"{d.pick(['All', 'No', 'Some', 'All'])} {a} are {b}." for a, b in zip(words, words[1:])]
    if level > 0.5:
        links.append(f"At least one of the {words[0]} is not one of the {words[-2]}.")
    return " ".join(links) + f" Does it follow that {d.pick(['some', 'all', 'no'])} {words[0]} are {words[-1]}?"


def seating(d, level):
    who = d.some(PEOPLE, count_of(level, 4, 8))
    text = f"{', '.join(who)} sit around a round table."
    for _ in range(count_of(level, 2, 6)):
        a, b = d.some(who, 2)
        text += " " + d.pick([f"{a} does not sit next to {b}.", f"{a} sits opposite {b} or beside {b}.",
                              f"There are {d.between(2, 3)} seats between {a} and {b}."])
    return text + f" Who sits to the left of {d.pick(who)}?"


def calendar(d, level):
    text = (f"If {d.between(1, 28)} {d.pick(MONTHS)} is a {d.pick(DAYS)},"
            f" which weekday is it {d.between(8, 90)} days later")
    if level > 0.5:
        text += f", not counting {d.pick(DAYS)}s, in a leap year"
    return text + "?"


def cipher(d, level):
    word = d.pick(["harbour", "lantern", "orchard", "violin", "teapot", "glacier", "meadow", "compass"])
    shift = d.between(1, 25)
    coded = "".join(chr((ord(c) - 97 + shift) % 26 + 97) for c in word)
    hint = f" The shift is {shift}."
    if level >= 0.5:
        coded, hint = coded[::-1], " The shift is unknown and the word was reversed first."
    return f"The word '{coded}' was written with a shifted alphabet.{hint} What is it?"


# (topic, lowest level, highest level, writer)
DOMAINS = {
    "demo-arith": [
        ("shopping", 0.0, 0.7, shopping), ("travel", 0.1, 0.9, travel), ("sharing", 0.0, 0.5, sharing),
        ("interest", 0.2, 0.9, interest), ("work-rate", 0.3, 1.0, work_rate),
        ("geometry", 0.1, 1.0, geometry), ("chance", 0.5, 1.0, chance)],
    "demo-code": [
        ("strings", 0.0, 0.6, strings), ("lists", 0.0, 0.6, lists), ("database", 0.1, 0.8, database),
        ("pattern", 0.2, 0.8, pattern), ("graphs", 0.4, 1.0, graphs),
        ("concurrency", 0.6, 1.0, concurrency), ("debugging", 0.2, 0.8, debugging)],
    "demo-facts": [
        ("geography", 0.0, 0.6, geography), ("chemistry", 0.0, 0.8, chemistry),
        ("nature", 0.0, 0.7, nature), ("inventions", 0.1, 0.7, inventions),
        ("arts", 0.2, 0.8, arts), ("obscure", 0.6, 1.0, obscure)],
    "demo-translate": [
        ("everyday", 0.0, 0.6, everyday), ("distant", 0.3, 1.0, distant),
        ("register", 0.2, 0.9, register), ("idioms", 0.2, 0.9, idioms), ("verse", 0.5, 1.0, verse)],
    "demo-extract": [
        ("meeting", 0.0, 0.9, note("meeting")), ("delivery", 0.1, 1.0, note("delivery")),
        ("garden", 0.0, 0.8, note("garden")), ("clinic", 0.2, 1.0, note("clinic"))],
    "demo-logic": [
        ("ordering", 0.0, 0.8, ordering), ("knights", 0.3, 1.0, knights), ("sequence", 0.0, 1.0, sequence),
        ("syllogism", 0.1, 0.9, syllogism), ("seating", 0.4, 1.0, seating),
        ("calendar", 0.1, 0.8, calendar), ("cipher", 0.2, 0.8, cipher)],
}

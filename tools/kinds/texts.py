"""Prose to fill pages: sentences put together from invented parts, the same for the same seed."""

import random

PARTS = {
    "survey": (
        ["The surveyors", "Two of the volunteers", "The wardens of the reserve", "Members of the county society", "Our colleagues from the marsh station", "The night team", "Most observers", "The author and her assistant"],
        ["counted", "recorded", "found", "marked", "photographed", "missed", "described", "measured"],
        ["{n} breeding pairs", "{n} nests below the sea wall", "fewer orchids than in the dry year", "{n} rings of grey willow", "tracks of otter on {n} of the ditches", "a single heron", "{n} traps that had been emptied by foxes", "water levels at {n} boards"],
        ["before the reeds were cut", "in the week after the spring tide", "although the causeway was flooded", "between the pumping station and the old decoy", "without disturbing the terns", "on the second visit", "in spite of three days of fog", "while the cattle were still on the lower meadow"],
        ["This agrees with what the keepers had told us.", "Nothing of the kind had been seen there since 1968.", "The figure should be read with care, because the boundary was moved.", "A longer series will be needed to be certain.",
         "It is the first proof that the new sluice works as intended.", "The difference lies within what chance alone would produce."]),
    "works": (
        ["The contractor", "The resident engineer", "Both pumps", "The first crew", "The supplier of the valves", "Our laboratory", "The inspector", "The control room"],
        ["replaced", "tested", "delivered", "rejected", "adjusted", "documented", "repaired", "accepted"],
        ["{n} metres of cast iron main", "{n} of the couplings", "the seals of the upper gate", "{n} samples of concrete", "the pressure record of the night shift", "the drawings of section {n}", "a motor of {n} kilowatts", "the backup supply"],
        ["within the time that had been agreed", "after the flood of 3 March", "although the road was closed to lorries", "at a cost that stays below the estimate", "during the weekend when demand is low", "before the frost set in", "on the day of the visit", "as soon as the permit had arrived"],
        ["No further work is needed at this place.", "The remaining defects are listed in the appendix.", "We recommend that this be repeated every two years.", "The guarantee covers parts but not labour.",
         "Nobody was hurt, and traffic was held up for less than an hour.", "A photograph was taken before the trench was filled."]),
    "story": (
        ["The old pilot", "Her brother", "Nobody in the village", "The schoolmaster", "Aunt Philippa", "The man with the barometer", "Every one of the passengers", "The younger of the two sisters"],
        ["remembered", "had forgotten", "never spoke of", "laughed at", "kept", "was afraid of", "had paid for", "dreamed about"],
        ["the winter of the wolves", "the letter that came too late", "a clock which struck {n}", "the light in the upper window", "{n} barrels of salt herring", "the song about the drowned bell", "that summer in the quarry", "a map with no names on it"],
        ["long after the ferry had stopped", "as though it had happened to somebody else", "until the rain began", "for reasons of her own", "when the stove was lit and the doors were shut", "on the way back from the mill", "without once raising his voice", "in the year when the bridge fell"],
        ["The dog lay down again.", "It was, she thought, the wrong answer to the right question.", "Outside, somebody was chopping wood.", "After that there was nothing more to say.",
         "The kettle had boiled dry by then.", "Snow lay on the sill like folded linen.", "He looked at his hands and waited."]),
    "science": (
        ["The second series", "Our model", "The coarse fraction", "Each of the sensors", "The reference method", "A heated sample", "The group without treatment", "The simplest estimator"],
        ["showed", "reproduced", "exceeded", "underestimated", "confirmed", "lost", "retained", "separated"],
        ["{n} per cent of the variance", "the expected drift of {n} units", "a second maximum near {n} hours", "the scatter of the field data", "less than {n} milligrams of salt", "the effect of humidity", "all but {n} of the outliers", "the seasonal component"],
        ["when the temperature was held constant", "for grains above 60 micrometres", "at the two northern sites", "with a standard error below 0.3", "even after the filter had been changed", "under the assumption of equal weights", "in the afternoon runs", "before any correction was applied"],
        ["The residuals show no trend.", "We return to this point below.", "The reason may lie in the age of the membranes.", "Neither result depends on the choice of window.",
         "Similar values were reported for estuaries farther south.", "This rules out an instrumental cause."]),
    "trade": (
        ["The board", "Our branch in Leith", "Sales of the second quarter", "The larger customers", "The cooperative", "Exports to the islands", "The auditors", "A new competitor"],
        ["increased", "postponed", "questioned", "reached", "reduced", "covered", "approved", "reported"],
        ["orders worth {n} thousand pounds", "the price of roasted barley", "{n} deliveries a week", "the loan of 2019", "stocks for {n} days", "the margin on bottled goods", "a dividend of {n} pence", "the cost of returned crates"],
        ["in the face of higher freight rates", "for the first time since the merger", "against the advice of the bank", "by the end of the financial year", "although the harvest was poor", "in all regions but one", "after {n} months of negotiation", "as had been announced in spring"],
        ["The outlook is unchanged.", "Details are given in the notes.", "Members will be asked to vote on this in May.", "A reserve has been set aside for it.",
         "The effect on cash was small.", "We regard this as a single event."]),
}


def sentences(topic, seed, n):
    rand = random.Random(f"{topic}{seed}")
    who, did, what, when, then = PARTS[topic]
    out, last = [], None
    while len(out) < n:
        kind = rand.random()
        fill = lambda s: s.replace("{n}", str(rand.choice((3, 7, 12, 14, 18, 23, 31, 46, 58, 75))))  # noqa: E731
        if kind < 0.2 and out:
            s = rand.choice(then)
        elif kind < 0.45:
            w = rand.choice(when)
            a = rand.choice(who)
            low = a[0].lower() + a[1:] if a.split()[0] in ("The", "Two", "Our", "A", "Each", "Both", "Her", "Every", "Nobody", "Most", "Members") else a
            s = f"{w[0].upper()}{w[1:]}, {low} {rand.choice(did)} {fill(rand.choice(what))}."
        elif kind < 0.6:
            s = f"{rand.choice(who)} {rand.choice(did)} {fill(rand.choice(what))}, which surprised nobody {rand.choice(when)}."
        else:
            s = f"{rand.choice(who)} {rand.choice(did)} {fill(rand.choice(what))} {rand.choice(when)}."
        s = fill(s)
        if s != last:
            out.append(s)
        last = s
    return out


def para(topic, seed, n=5):
    """A paragraph of n sentences."""
    return " ".join(sentences(topic, seed, n))

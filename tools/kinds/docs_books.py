"""Books: thesis, novel with footnotes, a spread of two pages, glossary, index, French pages."""

from model import Cell, Doc, brk, code, cols, fig, grid, h, margin, ol, p, page, side, table, title, ul
from texts import para

THESIS = [
    h(1, "The Drainage of the Northern Marshes", "3"),
    p("Whoever looks at the map of 1702 finds the sea where there are fields today. This chapter follows the work of those who drew the line between the two, and asks who paid for it. " + para("survey", 21, 6)),
    h(2, "The first sea walls", "3.1"),
    p(para("survey", 22, 7) + "{fn:Parish book of Whitlow, leaf 41, where the carts are counted.}"),
    p("Three kinds of wall can be told apart:"),
    ul("walls of clay, cut from the marsh itself and covered with turf;", "walls of brushwood and stone, which are found only at the mouth of the river;", "walls of brick, of which a single one survives."),
    p(para("survey", 23, 8)),
    h(3, "Labour", "3.1.1"),
    p(para("survey", 24, 6) + " The prisoners were paid nothing, as far as is known.{fn:The account of the jailer has been lost; a copy of 1811 leaves out the sums.}"),
    h(3, "Materials", "3.1.2"),
    p(para("works", 25, 7)),
    table([["Year", "Length of wall (rods)", "Carts of clay", "Cost (£)"], ["1736", "212", "3,840", "418"], ["1737", "188", "3,115", "377"], ["1741", "64", "1,902", "240"], ["1752", "310", "6,270", "803"]], ruled="partly", align="lrrr", widths=[.15, .3, .22, .2], caption="Table 3.1: Walls built between 1736 and 1752.", floats="ht"),
    h(2, "The age of the pumps", "3.2"),
    p(para("works", 26, 9)),
    p(para("works", 27, 8) + "{fn:Letter to the commissioners, 8 November 1843.}"),
    fig("chart", .6, .5, "Figure 3.1: Coal burned at the old pumping station, in tons.", floats="ht"),
    p(para("works", 28, 9)),
    h(3, "Windmills", "3.2.1"),
    p(para("works", 29, 7)), p(para("survey", 30, 6)),
    h(3, "Steam", "3.2.2"),
    p(para("works", 31, 9)), p(para("works", 32, 7)),
    h(2, "Conclusion", "3.3"),
    p("The walls were paid for by those who owned the land, and built by those who did not. " + para("survey", 33, 7)),
]
NOVEL = [
    h(1, "The Ferry", "VII"),
    p(para("story", 41, 9)),
    p("“You will not cross tonight,” said the ferryman. “Not with this wind.”{fn:Ferrymen on the lower river were not allowed to refuse anybody; see the note to chapter II.}"),
    p(para("story", 42, 10)),
    p("“Then I shall wait.”"),
    p("“They all say that,” he said and shut the door of the hut, which had been painted green once. " + para("story", 43, 8)),
    p(para("story", 44, 12) + "{fn:In the first edition: the winter of the *bears*.}"),
    p("Towards morning the wind turned. " + para("story", 45, 9)),
    p(para("story", 46, 11)),
    p("“How much?” she asked."),
    p("“For you, nothing. For the clock, two shillings.”"),
    p(para("story", 47, 10)),
    p(para("story", 48, 12) + "{fn:The song has come down in three versions, none of which has more than two verses.}"),
    p(para("story", 49, 9)),
]
_at = "position:absolute;left:0;right:0;text-align:center;font-size:.85em;margin:0;"


def spread(n, left, right):
    """Two facing pages of a book on one sheet, as a scanner sees them."""
    def leaf(number, head, blocks):
        return (.43, [p(head, strip="page_header", css=_at + "top:0"), *blocks, p(str(number), strip="page_footer", css=_at + "bottom:0")])
    return page(grid(leaf(n, "The Drowned Bell", left), leaf(n + 1, "The Clock", right), css="height:100%"), height="166mm")


SPREAD = [
    spread(48, [h(1, "The Clock", css="text-align:center"), p(para("story", 51, 7)), p(para("story", 52, 6)), p("Nobody answered. " + para("story", 53, 5))], [p(para("story", 55, 8)), p(para("story", 56, 7)), p("“It is broken,” he said at last."), p(para("story", 57, 6))]),
    spread(50, [p(para("story", 54, 7)), p(para("story", 59, 7)), p(para("story", 60, 4))], [p(para("story", 61, 8)), p("“Then it is not a clock,” said the girl."), p(para("story", 62, 4)), h(1, "The Key", css="text-align:center"), p(para("story", 63, 6))]),
]
GLOSSARY_TERMS = [("adit", "a level passage by which a mine is entered and drained"), ("bank", "the ground at the top of a shaft"), ("bearer", "a heavy timber across the shaft that carries the pump"), ("brattice", "a partition of cloth or boards which leads the air to the face"),
                  ("captain", "the manager of the work underground"), ("deads", "rock without ore, stacked in old workings"), ("flookan", "a soft vein of clay that crosses a lode"), ("grass", "the surface; a grass captain is in charge there"), ("kibble", "the bucket in which ore is drawn up"),
                  ("leat", "an artificial channel for water"), ("lode", "a vein that contains ore"), ("man engine", "a moving ladder that carries men up and down"), ("sollar", "a platform of planks at the foot of a ladder"), ("stope", "a place from which ore has been taken, above or below a level"),
                  ("tribute", "a share in the value of the ore, paid instead of wages"), ("winze", "a small shaft that joins two levels without reaching the surface")]
GLOSSARY = [title("Glossary of Mining Words"), p("Words in italics have an entry of their own."), cols(2, *[p(f"**{t}** {d}.") for t, d in GLOSSARY_TERMS])]
INDEX_TERMS = ["adits, 12, 48–51", "assay office, 77", "Benbow, Clara, 3, 19, 104", "bells, cast for Whitlow, 88", "brickworks, 31, 33–36", "canal, plans for a, 61", "cholera in Cable Street, 92", "clay, price of, 34", "copper, 9, 14–18", "customs house, 21, 40", "dredging, 55", "Drysdale, Ewan, 57",
               "ferry, 23, 66–70", "fires of 1798 and 1841, 29, 90", "gas lamps, 96", "granite, 11", "harbour council, 52–60", "herring, 24, 26", "leats, 13", "lifeboat, 71–74", "marsh, drained, 44", "mills at Whitlow, 37", "north pier, 53, 58", "Okonjo, Dr, 101", "pilots, 22", "prisoners as labourers, 45", "quarry, 10, 32",
               "railway, 79–85", "ropewalk, 27", "salt, 5–8", "school at Larkfield, 98", "sluice, 46, 56", "steam pumps, 47", "tin, 15", "turnpike, 62", "workhouse, 93"]
INDEX = [h(1, "Index"), cols(3, *[p(t, css="margin:0;padding-left:1em;text-indent:-1em", loose=True) for t in INDEX_TERMS])]
CONTENTS_LINES = [("1", "Salt and copper", 3), ("1.1", "The salt pans", 5), ("1.2", "The first mines", 9), ("2", "The harbour", 20), ("2.1", "Customs and smugglers", 21), ("2.2", "Herring", 24), ("3", "Marsh and sluice", 43), ("4", "The railway", 79), ("", "Glossary", 107), ("", "Index", 111)]
FRENCH = [
    title("Petite histoire du port de Saint-Aubert"),
    h(1, "Les origines"),
    p("Le port de Saint-Aubert n’a d’abord été qu’une plage de galets où l’on tirait les barques à l’abri du vent. Les premières mentions datent de 1344 : un moine y achète du hareng « à bon prix et de bonne fraîcheur ». La jetée, elle, ne fut commencée qu’en 1689, sur l’ordre d’un intendant qui n’avait jamais vu la mer.{fn:L’intendant mourut avant l’achèvement des travaux.}"),
    p("Pendant plus d’un siècle, les habitants durent porter eux-mêmes les pierres. Chaque foyer devait douze journées par an ; les veuves et les pilotes en étaient dispensés. On raconte que le curé, pour donner l’exemple, portait la première pierre de chaque saison, mais choisissait la plus petite."),
    h(1, "Le temps des pêcheurs"),
    p("Vers 1850, le port comptait soixante-quatre bateaux et près de quatre cents marins. Le poisson partait la nuit vers la capitale :"),
    ul("le hareng, d’octobre à décembre ;", "le maquereau, de mai à juillet ;", "les coquilles, en hiver seulement."),
    p("Le tableau suivant donne le nombre des bateaux et la valeur de la pêche. Les chiffres de 1871 sont incomplets, car les registres ont brûlé."),
    table([["Année", "Bateaux", "Marins", "Valeur en francs"], ["1851", "64", "388", "412 000"], ["1861", "71", "430", "498 500"], ["1871", "58", "", "301 200"], ["1881", "83", "512", "640 900"]], align="lrrr", widths=[.2, .2, .2, .3]),
    h(1, "Aujourd’hui"),
    p("Il reste sept bateaux. La criée a fermé en 1994 et le bâtiment, restauré, abrite la bibliothèque et une école de voile. Où l’on vendait le poisson, on prête maintenant des livres ; l’odeur, dit la bibliothécaire, revient les jours de pluie.{fn:Entretien du 3 mai 2023.} Les visiteurs sont nombreux en été, et le dimanche il n’est pas rare que l’on doive attendre une heure pour passer le pont."),
    p("La commune voudrait agrandir le quai nord afin d’accueillir des voiliers plus grands. Les riverains s’y opposent : ils craignent le bruit, les projecteurs et la disparition du dernier chantier naval. Une enquête publique aura lieu à l’automne."),
]
PLAY = [
    title("The Drowned Bell"), p("A comedy in one act", style="Center"),
    h(1, "Scene 2"), p("*The kitchen of the inn. Rain. A clock strikes thirteen.*"),
    *[p(f"**{who}** {what}") for who, what in [("MARTHA", "Did you count?"), ("TOBIAS", "I never count after midnight. It brings the bailiff."), ("MARTHA", "It struck thirteen, and it has no thirteen to strike."), ("THE STRANGER", "In my country the clocks go up to fifteen. It makes the nights longer and the rents lower."),
                                               ("TOBIAS", "Then why did you leave it?"), ("THE STRANGER", "Somebody had to carry the news."), ("MARTHA", "Sit down, sir, and take off those boots. Tobias, the good cups. No, the other good cups."), ("TOBIAS", "We have only one good cup, and the dog is in it.")]],
    p("*The bell of the sunken church is heard, far away and a little flat.*"),
    h(1, "Scene 3"), p("*The same. Morning. The stranger has gone; his boots are still there.*"),
    *[p(f"**{who}** {what}") for who, what in [("MARTHA", "They are dry."), ("TOBIAS", "They are full of salt."), ("MARTHA", "Then he walked in from the sea, and has walked out again without paying, and he did it barefoot, which I call honest, for he has left us the better part of his bill in leather.")]],
]
_thesis_head = dict(head=("", "", "{section}"), foot=("", "{page}", ""), first_plain=True, plain_foot=("", "{page}", ""), rule_head=True)
DOCS = [
    Doc("thesis", "thesis chapter with running heads", THESIS, [
        ("thesis-latex", "pdflatex", {"cls": "article", "clsopt": "11pt,a4paper", "font": r"\usepackage{mathpazo}", "geometry": "left=35mm,right=30mm,top=30mm,bottom=30mm", "bookmarks": True,
                                      "preamble": r"\setcounter{section}{2}\renewcommand{\sectionmark}[1]{\markboth{\thesection\ #1}{}}\renewcommand{\thetable}{3.\arabic{table}}\renewcommand{\thefigure}{3.\arabic{figure}}"}),
        ("thesis-weasyprint", "weasyprint", {"just": True, "shift": 0, "css": 'html{font-family:"Caladea"} @page{size:170mm 240mm;margin:22mm 20mm}', "doc": {"head": ("", "The Drainage of the Northern Marshes", ""), "head_even": ("", "Land and Water", "")}}),
    ], **_thesis_head),
    Doc("novel", "book pages with footnotes", NOVEL, [
        ("novel-latex", "pdflatex", {"cls": "article", "clsopt": "11pt,twoside", "font": r"\usepackage{mathptmx}", "geometry": "paperwidth=130mm,paperheight=200mm,margin=18mm,top=22mm", "preamble": r"\setcounter{section}{6}\renewcommand{\thesection}{\Roman{section}}",
                                     "doc": {"head": ("", "THE FERRY", "{page}"), "head_even": ("{page}", "THE DROWNED BELL", ""), "first_plain": True, "plain_foot": ("", "{page}", "")}}),
        ("novel-weasyprint", "weasyprint", {"just": True, "shift": 0, "css": '@page{size:125mm 195mm;margin:18mm 16mm} html{font:10.5pt/1.35 "Caladea"} p{margin:0;text-indent:1.2em} h1{text-align:center}', "doc": {"head": ("", "", "The Ferry"), "head_even": ("The Drowned Bell", "", ""), "foot": ("", "{page}", ""), "first_plain": True, "plain_foot": ("", "{page}", "")}}),
    ]),
    Doc("spread", "book spread of two pages", SPREAD, [
        ("spread-chromium", "chromium", {"just": True, "shift": 0, "css": '@page{size:260mm 190mm;margin:10mm 14mm} html{font:10pt/1.35 "Liberation Serif"} .page>div>div{position:relative;padding-top:10mm;box-sizing:border-box;height:162mm}'}),
    ]),
    Doc("glossary", "glossary in two columns", GLOSSARY, [
        ("glossary-latex", "pdflatex", {"font": r"\usepackage{mathptmx}", "preamble": r"\setlength{\parindent}{-1em}\setlength{\leftskip}{1em}\setlength{\parskip}{3pt}"}),
    ], foot=("", "107", "")),
    Doc("index", "index in three columns", INDEX, [
        ("index-weasyprint", "weasyprint", {"shift": 0, "css": 'html{font:10pt/1.35 "Liberation Serif"}'}), ("index-latex", "pdflatex", {"font": r"\usepackage{mathpazo}", "clsopt": "10pt,a4paper", "preamble": r"\setlength{\parindent}{0pt}"}),
    ], head=("Salt, Copper, Herring", "", "Index"), foot=("", "111", "")),
    Doc("port", "French pages of a book", FRENCH, [
        ("port-weasyprint", "weasyprint", {"just": True, "css": 'html{font-family:"Carlito"}'}),
    ], lang="fr", head=("", "Cahiers d’histoire locale", ""), foot=("", "– {page} –", "")),
    Doc("play", "scene of a play", PLAY, [
        ("play-latex", "pdflatex", {"font": r"\usepackage{mathptmx}", "title": r"\centering\LARGE\itshape", "preamble": r"\setlength{\parindent}{-1.5em}\setlength{\leftskip}{1.5em}"}),
    ], foot=("", "{page}", "")),
]

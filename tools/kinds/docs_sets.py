"""What typesetters do by themselves: title pages, contents, chapters, manual pages, beamer slides, bitmap fonts."""

from docs_tech import SLIDES
from model import Doc, brk, code, fig, h, ol, p, raw, table, tag, title, ul
from texts import para

MANPAGE = [
    h(1, "NAME"), p("tidewatch − read tide gauges and write their heights into a file"),
    h(1, "SYNOPSIS"), p("**tidewatch** [**−c** *file*] [**−i** *seconds*] [**−nqv**] [*gauge* ...]"),
    h(1, "DESCRIPTION"),
    p("**tidewatch** reads up to eight gauges over serial lines and appends one line for each reading to a file. It runs until it is stopped by a signal, or until the number of readings that was asked for has been taken."),
    p("If no *gauge* is named, all gauges of the configuration are read. A gauge that does not answer three times in a row is left alone for an hour, and a message is written to standard error."),
    h(1, "OPTIONS"),
    tag("**−c** *file*", "Read the configuration from *file* instead of from the usual place. The file must not be writable by others, since it may name programs that are run when a height is exceeded."),
    tag("**−i** *seconds*", "Take a reading every so many seconds. The default is 300. Values below ten are refused because most gauges need that long to settle."),
    tag("**−n**", "Do not write anything; print what would be written. This is useful after a change of the configuration."),
    tag("**−q**", "Be quiet."),
    tag("**−v**", "Print each reading to standard error as it comes in. Given twice, the bytes of the line are printed as well, in hexadecimal, so that a garbled line can be understood."),
    h(1, "FILES"),
    tag("*/etc/tidewatch.conf*", "The configuration, see the manual for its format and for examples."),
    tag("*/var/lib/tidewatch*", "The folder with the readings, one file for each gauge and month."),
    h(1, "EXAMPLES"), p("Read the gauge at the pier once a minute:"), code("tidewatch -i 60 pier"), p("Check the configuration without touching any file:"), code("tidewatch -n -c ./new.conf"),
    h(1, "DIAGNOSTICS"), p("The exit status is 0 if all readings were taken, 1 if the configuration is wrong, and 2 if a gauge did not answer."),
    ul("A message *clock runs backwards* means that the time of the machine was set back.", "A message *garbled* means that the speed of the line is wrong, or that the cable is too long for it."),
    h(1, "SEE ALSO"), p("**stty**(1), **cron**(8), and the manual of your gauge."),
    h(1, "AUTHORS"), p("Written by Ewan Drysdale and Ingrid Pell for the harbour of Saltmouth."),
]


def entry(text, page):
    return p(f"{text} {page}", loose=True)


REPORT = [
    raw(r"\title{The Marsh Road Sluice}\author{Ingrid Pell \and Torben Quist}\date{September 2024}\maketitle", title("The Marsh Road Sluice"), p("Ingrid Pell Torben Quist", loose=True), p("September 2024", loose=True)),
    raw(r"\tableofcontents", h(1, "Contents"), entry("1 Background", 2), entry("1.1 The basin", 2), entry("1.2 The gates", 2), entry("2 What was measured", 3), entry("2.1 Instruments", 3), entry("2.2 Errors", 4), entry("3 Recommendations", 5)),
    raw(r"\chapter{Background}", h(1, "Chapter 1"), h(1, "Background")),
    p("The sluice at Marsh Road was built in 1894 and has been rebuilt twice. " + para("works", 101, 6)), h(2, "The basin", "1.1"), p(para("survey", 102, 6)), h(2, "The gates", "1.2"), p(para("works", 103, 8)), p(para("works", 104, 5)),
    raw(r"\chapter{What was measured}", h(1, "Chapter 2"), h(1, "What was measured")),
    p(para("science", 105, 8) + "{fn:All times are in Universal Time.}"), h(2, "Instruments", "2.1"), p(para("science", 106, 9)), ul("three turbidity sensors;", "a gauge on either side;", "a clock that is set by radio."), p(para("science", 107, 9)), p(para("science", 117, 9)), p(para("science", 118, 7)), h(2, "Errors", "2.2"), p(para("science", 108, 8)), p(para("science", 119, 8)), p(para("science", 120, 8)),
    raw(r"\chapter{Recommendations}", h(1, "Chapter 3"), h(1, "Recommendations")),
    p(para("works", 109, 6)), ol("Open the gates forty minutes earlier.", "Survey the basin every year.", "Replace the seals before winter."), p(para("works", 110, 6)),
]
TYPE3 = [
    title("A Note on Bitmap Fonts"),
    p("This page is printed in fonts that are made of dots, as papers were for many years. The letters have no proper names, and some programs cannot tell what they are. " + para("science", 111, 4)),
    h(1, "Why it matters", "1"), p(para("science", 112, 6)), ul("an office that files five flags;", "the first coffee of the day;", "a shelf of fine fluted glass."),
    h(1, "What can be done", "2"), p(para("science", 113, 7)), ol("Keep the paper.", "Ask the author for the source.", "Read the picture instead of the text."),
    p(para("science", 114, 6)),
]
LISTINGS = [
    title("Working with Readings"),
    h(1, "Options of a question", "1"),
    p("Some options are available for readings. They must be separated by commas and enclosed by square brackets just after the leading star, as in the following example:"),
    code("*[ordered,id=sum] How much are\none plus one?\n- 0\n- 1\n+ 2"),
    p("Available options for readings:"),
    tag("**horiz**", "present choices horizontally, not on separated lines."), tag("**id=name**", "give a name to the reading, so as to locate the corresponding results easily in the exported sheets. This name must contain only simple characters."), tag("**last**", "use this option to place the reading always at the end of the group."),
    h(1, "Vectors", "2"),
    p("A vector is printed with the number of its first element in front of each line. The function `print` handles names slightly differently from other things:"),
    code("> place\n [1] pier pier mill jetty pier mill mill basin jetty\n[10] mill jetty pier pier pier mill basin basin pier\n[19] pier mill mill pier jetty mill pier pier pier\n[28] mill mill pier basin"),
    p("The heights, in the same order, are typed in by hand:"),
    code("> height <- c(60, 49, 40, 61, 64, 60, 59, 54, 62, 69, 70, 42, 56,\n              61, 61, 61, 58, 51, 48, 65, 49, 49, 41, 48, 52, 46,\n              59, 46, 58, 43)"),
    p("We can now compute the mean height for each place with a function that takes two vectors of the same length:"),
    code("> tapply(height, place, mean)\n   basin    jetty     mill     pier\n44.50000 57.33333 55.50000 52.25000"),
    h(1, "Groups", "3"), p("You can group some questions so that they stay together even when shuffling, with the following syntax:"),
    code("*( Questions about the pier.\n\n* When was it built?\n- in 1901\n+ in 1929\n- in 1968\n\n* What is it made of?\n- of stone\n+ of wood, with beams of iron\n- of brick\n*) End of questions on the pier."),
    h(1, "Small parts of code", "4"), p("You can include some small parts of `code` in your document, including it in double square brackets, as in:"),
    code("Readings with a [[\\mark{}]] may have zero, one or more values."),
    p(para("works", 131, 4)),
]
DOCS = [
    Doc("listings", "listings with aligned columns", LISTINGS, [
        ("listings-latex", "pdflatex", {"font": r"\usepackage{mathpazo}\usepackage{courier}", "preamble": r"\lstset{columns=fixed,basewidth=0.6em}\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}"}),
        ("listings-weasyprint", "weasyprint", {"css": 'html{font:10pt/1.35 "DejaVu Serif"} pre,code{font-family:"DejaVu Sans Mono"}', "just": True}),
    ], head=("Tidewatch 3", "", "{page} / {pages}"), foot=("", "", "Harbour of Saltmouth"), rule_head=True, rule_foot=True),
    Doc("manpage", "manual page", MANPAGE, [
        ("manpage-gropdf", "groff", {"th": ("TIDEWATCH", "1", "3 March 2024", "Tidewatch 3.2", "User Commands"), "doc": {"head": ("TIDEWATCH(1)", "User Commands", "TIDEWATCH(1)"), "foot": ("Tidewatch 3.2", "3 March 2024", "{page}")}}),
        ("manpage-ghostscript", "groff", {"ps": True, "th": ("TIDEWATCH", "1", "3 March 2024", "Tidewatch 3.2", "User Commands"), "doc": {"head": ("TIDEWATCH(1)", "User Commands", "TIDEWATCH(1)"), "foot": ("Tidewatch 3.2", "3 March 2024", "{page}")}}),
    ]),
    Doc("chapters", "report with title page and contents", REPORT, [
        ("chapters-latex", "pdflatex", {"cls": "report", "clsopt": "11pt,a4paper", "font": r"\usepackage{mathptmx}", "heads": ["chapter", "section", "subsection"], "thrice": True, "bookmarks": True, "running": r"\pagestyle{plain}"}),
    ], foot=("", "{leaf}", ""), first_plain=True),
    Doc("beamer", "slides", SLIDES, [
        ("beamer-latex", "pdflatex", {"cls": "beamer", "font": r"\usepackage{helvet}", "preamble": r"\title{Why the Sluice Closes Too Early}\author{Report to the Harbour Council}\date{Ingrid Pell, 11 June 2024}\setbeamertemplate{navigation symbols}{}\setbeamertemplate{footline}{\hspace{3mm}\tiny Harbour Council\hfill\insertframenumber\hspace{3mm}\vspace{2mm}}"}),
    ], foot=("Harbour Council", "", "{page}")),
    Doc("type3", "page in bitmap fonts", TYPE3, [
        ("type3-latex", "pdflatex", {"font": "", "clsopt": "11pt,a4paper"}),
    ], foot=("", "{page}", ""), loose_check=True),
]

"""Tables that are hard: cells of several lines, groups of rows, narrow and wide ones, a caption above, many columns."""

from model import Cell, Doc, brk, h, p, table, title
from texts import para

COMMANDS = [["Command", "Old name", "What it does"],
            ["`tide-read`", "`gauge`", "Reads one gauge and prints its height. With a name of a file it reads what was recorded there instead."],
            ["`tide-mean`", "`gavg`", "Computes means over hours, days or months; gaps of less than ten minutes are filled."],
            ["`tide-plot`", "", "Draws a curve for each day. The output is a picture unless a printer is named, in which case it goes there at once."],
            ["`tide-check`", "`gtest`", "Compares two gauges and lists the times at which they differ by more than a limit."],
            ["`tide-send`", "`gmail`", "Sends the readings of a day to the harbour office."]]
FAUNA = [["Species", "Places", "Remarks"],
         ["Avocet", "scrapes behind the sea wall, pool at the pumping station", "breeding since 1998; in dry springs the nests are lost to foxes"],
         ["Marsh harrier", "reed bed", "two pairs, seen on every visit"],
         ["Otter", "leat, mill pond, lower ditches", "tracks only; a dead animal was found on the road in March 2021"],
         ["Seal", "far bank of the river mouth", "up to fourteen at low water, fewer when boats are moored there"],
         ["Water vole", "ditches north of the old decoy", "not found since 2015, perhaps because of mink"]]
BUDGET = [["", "2023", "2024", "Change"], [Cell("Income", cs=4, align="l")], ["Mooring fees", "81,400", "84,000", "+2,600"], ["Fuel jetty", "20,150", "22,500", "+2,350"], ["County grant", "15,000", "–", "–15,000"],
          [Cell("Spending", cs=4, align="l")], ["Wages", "93,100", "96,400", "+3,300"], ["Dredging", "–", "61,000", "+61,000"], ["Repairs to piers, slipways and the two cranes", "22,340", "18,000", "–4,340"], ["Lights", "7,120", "7,800", "+680"]]
WIDE = [["Year", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Sum"]]
for _y in range(2012, 2024):
    _v = [(_y * 7 + _m * 31) % 73 + 22 for _m in range(12)]
    WIDE.append([str(_y)] + [str(x) for x in _v] + [str(sum(_v))])
DIARY = [["Date", "Place", "Work", "Hours"]]
for _i, (_where, _what) in enumerate([("North pier", "Drove out three rotten piles with the small crane; one of them broke and had to be pulled by hand"), ("North pier", "Set pile 14"), ("Fuel jetty", "Replaced the seal of the pump and checked the meter against the can of the inspector"), ("Office", "Wrote the list of berths"),
                                      ("Basin", "Measured the depth along the four lines, with Mr Quist in the boat"), ("North pier", "Set piles 15 and 16; the second stands two inches too far to the east, which does not matter"), ("Mill stream", "Cleared the grating"), ("East slipway", "Painted the edge; rain in the afternoon, so that the last yards will have to be done again"),
                                      ("Office", "Letters"), ("North pier", "Bolted the cross beams and took away the scaffold as far as the ladder"), ("Lights", "Changed two lamps on the promenade and the red one at the end of the pier, where the ladder is loose"), ("Basin", "Raised a sunken dinghy")] * 3):
    DIARY.append([f"{_i + 1:d} March", _where, _what, f"{3 + _i * 5 % 6}.{_i % 2 * 5}"])
REFERENCE = [
    title("Reference of Commands and Other Tables"), h(1, "Commands"),
    p("All commands share the options that are described in the manual. Those with an old name can still be called by it."),
    table(COMMANDS, ruled="partly", align="lll", widths=[.18, .15, .6], caption="Table 1: The commands and what they do."),
    h(1, "Animals of the marshes"), p("The table lists what was seen in 2023 by the wardens and by visitors whose word can be trusted."),
    table(FAUNA, ruled="none", align="lll", widths=[.18, .36, .4], caption="Table 2: Animals, places and remarks."),
    h(1, "Budget"), table(BUDGET, ruled="partly", align="lrrr", widths=[.45, .15, .15, .15], caption="Table 3: Budget in pounds.", below=True),
    p("A dash means that nothing was received or spent."),
]
DIARY_DOC = [title("Diary of the Harbour Works"), p("Kept by Ewan Drysdale. Hours are those of two men together."), table(DIARY, long=True, ruled="partly", align="lllr", widths=[.13, .16, .55, .1])]
RAIN = [title("Rain at the Pumping Station"), p("Monthly sums in millimetres, read at nine in the morning on the first day of the next month."), table(WIDE, ruled="none", align="r" * 14, widths=[.08] + [.065] * 12 + [.08]), p("The gauge was moved by forty metres in 2017. " + para("survey", 121, 4)),
        h(1, "The same with lines"), table(WIDE[:7], align="r" * 14, widths=[.08] + [.065] * 12 + [.08])]
DOCS = [
    Doc("reference", "reference with tables of long cells", REFERENCE, [
        ("reference-latex", "pdflatex", {"font": r"\usepackage{mathptmx}\usepackage{courier}", "preamble": r"\renewcommand{\arraystretch}{1.15}"}), ("reference-weasyprint", "weasyprint", {"css": 'html{font:10pt/1.35 "Carlito"}'}), ("reference-writer", "libreoffice", {"font": "Liberation Serif", "size": 10})],
        head=("Tidewatch 3", "", "Reference"), foot=("", "{page}", "")),
    Doc("diary", "table of long cells over a page break", DIARY_DOC, [
        ("diary-latex", "pdflatex", {"font": r"\usepackage{mathpazo}", "preamble": r"\renewcommand{\arraystretch}{1.2}"}), ("diary-writer", "libreoffice", {"font": "Carlito", "size": 11}), ("diary-weasyprint", "weasyprint", {})], foot=("", "Page {page} of {pages}", "")),
    Doc("rain", "table of many columns", RAIN, [
        ("rain-latex", "pdflatex", {"font": r"\usepackage{mathptmx}", "clsopt": "10pt,a4paper", "geometry": "margin=20mm", "preamble": r"\setlength{\tabcolsep}{4pt}"}), ("rain-weasyprint", "weasyprint", {"css": 'html{font:9.5pt/1.35 "Liberation Sans"} td,th{padding:.15em .2em}'})], foot=("Saltmouth", "", "{page}")),
]
